// The process of a session: spawned by path, told over its channel what to run.
import { runSessionProcess } from "../live/index.js";

runSessionProcess();
