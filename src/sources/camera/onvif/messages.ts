/** Between the hub and its ONVIF child, over IPC. */
import type { OnvifAccess, OnvifCamera, OnvifFound, PtzOrder, PtzPresets } from '../../../contract/onvif.ts';

export type OnvifOrder =
  | { readonly ask: 'discover'; readonly forMs: number }
  | { readonly ask: 'describe'; readonly access: OnvifAccess }
  | { readonly ask: 'presets'; readonly access: OnvifAccess }
  | { readonly ask: 'move'; readonly access: OnvifAccess; readonly order: PtzOrder };

export interface OnvifResults {
  readonly discover: OnvifFound[];
  readonly describe: OnvifCamera;
  readonly presets: PtzPresets;
  readonly move: null;
}

export interface ToOnvif {
  readonly id: number;
  readonly order: OnvifOrder;
}

export type FromOnvif =
  | { readonly id: number; readonly result: OnvifResults[keyof OnvifResults] }
  | { readonly id: number; readonly failed: 'refused' | 'unreachable' | 'input'; readonly message: string };
