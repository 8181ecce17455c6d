(function () {
  var figure = "FIGURE";
  var meta = figure.layout.meta, name = meta.names, at = meta.coordinates;
  function hover(values) {
    return values.map(function (row, i) {
      return row.map(function (value, j) {
        return name[0] + " = " + at[0][i] + "<br>" + name[1] + " = " + at[1][j] + "<br>" + meta.label + " = " + value;
      });
    });
  }
  function webgl() {
    try {
      var canvas = document.createElement("canvas");
      return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
    } catch (error) {
      return false;
    }
  }
  function draw(live) {
    var box = live.parentNode, still = box.querySelector(".riemlearn-still");
    var own = JSON.parse(JSON.stringify(figure));
    own.data[0].text = hover(own.data[0].surfacecolor);
    own.frames.forEach(function (frame) { frame.data[0].text = hover(frame.data[0].surfacecolor); });
    box.setAttribute("data-drawn", "");
    live.style.display = "block";
    if (still) still.style.display = "none";
    own.config = {responsive: true, displaylogo: false};
    Promise.resolve().then(function () { return window.Plotly.newPlot(live, own); }).catch(function () {
      live.style.display = "none";
      if (still) still.style.display = "block";
    });
  }
  function start(left) {
    if (window.Plotly) document.querySelectorAll('[data-figure="NAME"]:not([data-drawn]) > .riemlearn-live').forEach(draw);
    else if (left > 0) setTimeout(start, 100, left - 1);
  }
  if (webgl()) start(600);
})();
