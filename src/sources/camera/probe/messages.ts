/** Between the hub and its probe child, over IPC. */
import type { CameraTest, CameraTestRequest } from '../../../contract/camera-test.ts';

export type ProbeOrder = CameraTestRequest;
export type ProbeAnswer = CameraTest;
