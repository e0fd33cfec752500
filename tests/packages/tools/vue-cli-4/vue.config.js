// Not in the template: so that the page can be served from any folder.
module.exports = { publicPath: "./" };
