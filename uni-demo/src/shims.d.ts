declare module "*.vue" {
  import type { Component } from "vue";

  const component: Component;
  // biome-ignore lint/style/noDefaultExport: what a Vue file exports
  export default component;
}
