import type { Pages } from "./pages.js";

type ModalOptions = {
  content: string;
  confirmText: string;
  cancelText: string;
  success(result: { confirm: boolean }): void;
};

/** A stand-in for the half of `wx` that deals with what the user sees. */
export function pageSurface(pages: Pages): object {
  // The host moves after the call.
  const later = (move: () => void) => setTimeout(move);
  return {
    navigateTo: ({ url }: { url: string }) => later(() => pages.navigateTo(url)),
    redirectTo: ({ url }: { url: string }) => later(() => pages.redirectTo(url)),
    reLaunch: ({ url }: { url: string }) => later(() => pages.reLaunch(url)),
    navigateBack: () => later(() => pages.navigateBack()),
    setNavigationBarTitle: ({ title }: { title: string }) => later(() => pages.setTitle(title)),
    getAppBaseInfo: () => ({ SDKVersion: "3.8.0", language: navigator.language.replace("-", "_") }),
    hideKeyboard: () => (document.activeElement as HTMLElement | null)?.blur(),
    showToast: ({ title }: { title: string }) => {
      const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: title });
      document.body.append(toast);
      setTimeout(() => toast.remove(), 1500);
    },
    showModal: ({ content, confirmText, cancelText, success }: ModalOptions) => {
      const modal = Object.assign(document.createElement("div"), { className: "modal" });
      const box = modal.appendChild(document.createElement("div"));
      box.append(content, document.createElement("br"));
      for (const [text, confirm] of [
        [cancelText, false],
        [confirmText, true],
      ] as const) {
        const button = box.appendChild(
          Object.assign(document.createElement("button"), { textContent: text }),
        );
        button.onclick = () => {
          modal.remove();
          success({ confirm });
        };
      }
      document.body.append(modal);
    },
  };
}
