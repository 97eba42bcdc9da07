export { type CustomVenue, type DefineVenueOptions, defineVenue } from "./define-venue.js";
