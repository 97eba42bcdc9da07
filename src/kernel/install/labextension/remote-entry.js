// A renderer for plotly figures in JupyterLab 4 and Notebook 7, written by hand as the module federation container they load: no bundler.
// The library lies beside this file and is loaded with the first figure.
(() => {
  const MIME = "application/vnd.plotly.v1+json";
  const HEIGHT = 450;
  const library = new URL("plotly.js", document.currentScript.src).href;
  let shared;
  let loading;

  const loadLibrary = () => {
    if (window.Plotly) return Promise.resolve(window.Plotly);
    loading ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = library;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => reject(new Error(`plotly could not be loaded from ${library}`));
      document.head.append(script);
    });
    return loading;
  };

  /**
   * The kernel sends a figure in every form, because it cannot know who shows it. Where it is drawn from its JSON the others (a picture, HTML,
   * and once the whole library) are of no more use: a saved notebook holds the JSON and the text.
   */
  const keepFigureOnly = (model) => {
    const { "text/html": html, "image/png": png, ...kept } = model.data;
    if (html === undefined && png === undefined) return;
    model.setData({ data: kept, metadata: model.metadata });
  };

  const figureClass = (Widget) =>
    class Figure extends Widget {
      constructor() {
        super();
        this.addClass("jp-RenderedPlotly");
      }

      async renderModel(model) {
        const Plotly = await loadLibrary();
        const { data, layout, config, frames } = model.data[MIME];
        // An output is as high as what is in it: a figure that fills its element would shrink to nothing.
        this.node.style.height = `${layout?.height ?? HEIGHT}px`;
        await Plotly.react(this.node, data, layout, { responsive: true, ...config });
        if (frames) await Plotly.addFrames(this.node, frames);
        keepFigureOnly(model);
      }

      onResize() {
        if (this.isVisible && this.node.classList.contains("js-plotly-plot")) window.Plotly.Plots.resize(this.node);
      }
    };

  const container = {
    init(scope) {
      shared = scope;
    },
    async get() {
      const [version] = Object.values(shared["@lumino/widgets"]);
      const { Widget } = (await version.get())();
      const Figure = figureClass(Widget);
      const plugin = {
        id: "tesserlab-plotly:factory",
        rank: 0,
        dataType: "json",
        rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new Figure() },
      };
      return () => ({ __esModule: true, default: plugin });
    },
  };
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB["tesserlab-plotly"] = container;
})();
