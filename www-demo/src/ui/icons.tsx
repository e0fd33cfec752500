import type { ComponentChildren } from "preact";

function Icon({ children, width = 24 }: { children: ComponentChildren; width?: number }) {
  return (
    <svg class="icon" viewBox={`0 0 ${width} 24`} aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const BackIcon = () => (
  <Icon>
    <path d="m15 5-7 7 7 7" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M12 5v14M5 12h14" />
  </Icon>
);

export const SendIcon = () => (
  <Icon>
    <path d="M12 20V5M5.5 11.5 12 5l6.5 6.5" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon>
    <path d="M4 7h9M19 7h1M4 17h1M11 17h9" />
    <circle cx="16" cy="7" r="2.5" />
    <circle cx="8" cy="17" r="2.5" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="10.5" cy="10.5" r="6" />
    <path d="m15 15 5 5" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m6 6 12 12M18 6 6 18" />
  </Icon>
);

export const EmojiIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M8.5 14.5c.9 1.2 2 1.8 3.5 1.8s2.6-.6 3.5-1.800M9 9.500v.1M15 9.500v.1" />
  </Icon>
);

export const ImageIcon = () => (
  <Icon>
    <rect x="3.5" y="5" width="17" height="14" rx="2.5" />
    <path d="m4 17 5-5 4 4 2.5-2.500L20 17.500M15.5 9.500v.1" />
  </Icon>
);

export const BrokenImageIcon = () => (
  <Icon>
    <path d="M20.5 12V7.500A2.5 2.5 0 0 0 18 5H6a2.5 2.5 0 0 0-2.5 2.500v9A2.5 2.5 0 0 0 6 19h6M4 17l5-5 3 3M16 16l5 5M21 16l-5 5" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M12 5.500v.1M12 12v.1M12 18.500v.1" stroke-width="3" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="8.5" y="8.5" width="11" height="11" rx="2" />
    <path d="M15.5 5.500a1 1 0 0 0-1-1h-8a2 2 0 0 0-2 2v8a1 1 0 0 0 1 1" />
  </Icon>
);

export const DeleteIcon = () => (
  <Icon>
    <path d="M4.5 7h15M9.5 7V4.500h5V7M6.5 7l.8 12.500h9.400L17.5 7" />
  </Icon>
);

export const RepeatIcon = () => (
  <Icon>
    <path d="M19 12a7 7 0 1 1-2-4.900L19.5 9.500M19.5 4.500v5h-5" />
  </Icon>
);

export const DownIcon = () => (
  <Icon>
    <path d="M12 5v14M5.5 12.5 12 19l6.5-6.5" />
  </Icon>
);

export const RetryIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="9" />
    <path d="M12 7.5v5.5M12 16.4v.1" />
  </Icon>
);

export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8" />
    <path d="M12 7.5V12l3 2" />
  </Icon>
);

export const TicksIcon = () => (
  <Icon width={30}>
    <path d="m3 13 5 5L19 7M14.5 17l1 1L27 7" />
  </Icon>
);

export const Logo = () => (
  <svg class="logo" viewBox="0 0 64 64" aria-hidden="true" focusable="false">
    <rect width="64" height="64" rx="18" />
    <path
      class="logo-bubble"
      d="M16 20a6 6 0 0 1 6-6h20a6 6 0 0 1 6 6v16a6 6 0 0 1-6 6H30l-9 8v-8.1A6 6 0 0 1 16 36z"
    />
    <path class="logo-tick" d="m25 28 5 5 10-10" />
  </svg>
);
