import type { MachineStatus } from '@/api/types';
import type { Status } from '@/parts/status';
import { machinesStrings as s } from '@/strings/machines';

const LOOKS: Record<MachineStatus, Omit<Status, 'label'>> = {
  building: { tone: 'active', icon: 'planned' },
  active: { tone: 'done', icon: 'running' },
  stopped: { tone: 'quiet', icon: 'stop' },
  changing: { tone: 'active', icon: 'refresh' },
  resizing: { tone: 'active', icon: 'refresh' },
  error: { tone: 'failed', icon: 'cross' },
  deleting: { tone: 'quiet', icon: 'broom' },
  gone: { tone: 'quiet', icon: 'check' },
  unknown: { tone: 'waiting', icon: 'warning' },
};

export const machineStatus = (status: MachineStatus): Status => ({ ...LOOKS[status], label: s.status[status] });
