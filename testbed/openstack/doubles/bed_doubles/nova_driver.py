"""Nova's pretended hypervisor, with finite capacity, accelerators, boot times and faults.

What a site has comes from `capacity` in sites.json, by the environment (BED_VCPUS, ...). A fault of one server comes
from `bed_fault`, a property of its image or its own metadata: spawn-error, build-abort, slow:SECONDS, never-boots.
"""
import os
import time

from nova import exception
from nova.virt import fake
from oslo_serialization import jsonutils

NEVER = 86400.0


def capacity(name, usual):
    return float(os.environ.get('BED_' + name) or usual)


class PretendingDriver(fake.FakeDriver):
    def __init__(self, virtapi, read_only=False):
        # Not in the class: the zygote imports this before it knows the site.
        self.vcpus = int(capacity('VCPUS', 64))
        self.memory_mb = int(capacity('RAM_MB', 262144))
        self.local_gb = int(capacity('DISK_GB', 10000))
        self.vgpus = int(capacity('VGPUS', 0))
        self.pci_gpus = int(capacity('PCI_GPUS', 0))
        self.boot_seconds = capacity('BOOT_SECONDS', 0)
        super().__init__(virtapi, read_only=read_only)

    def spawn(self, context, instance, image_meta, *args, **kwargs):
        own, image = instance.metadata or {}, instance.system_metadata or {}
        fault = own.get('bed_fault') or image.get('image_bed_fault', '')
        delay = self.boot_seconds
        if fault.startswith('slow:'):
            delay = float(fault.removeprefix('slow:'))
        elif fault == 'never-boots':
            delay = NEVER
        time.sleep(delay)
        if fault == 'spawn-error':
            raise exception.InstanceDeployFailure('No valid disk on hypervisor (a fault that was asked for)')
        if fault == 'build-abort':
            raise exception.BuildAbortException(instance_uuid=instance.uuid, reason='a fault that was asked for')
        return super().spawn(context, instance, image_meta, *args, **kwargs)

    def get_available_resource(self, nodename):
        resource = super().get_available_resource(nodename)
        if resource and self.pci_gpus:
            devices = [{'address': f'0000:{0x41 + number:02x}:00.0', 'vendor_id': '10de', 'product_id': '20f1',
                        'label': 'label_10de_20f1', 'dev_type': 'type-PCI', 'status': 'available',
                        'parent_addr': None, 'numa_node': 0} for number in range(self.pci_gpus)]
            resource['pci_passthrough_devices'] = jsonutils.dumps(devices)
        return resource

    def update_provider_tree(self, provider_tree, nodename, allocations=None):
        super().update_provider_tree(provider_tree, nodename, allocations=allocations)
        if not self.vgpus:
            return
        # A child, as libvirt makes one of each physical accelerator.
        child = nodename + '_pci_0000_84_00_0'
        if not provider_tree.exists(child):
            provider_tree.new_child(child, nodename)
        provider_tree.update_inventory(child, {'VGPU': {
            'total': self.vgpus, 'min_unit': 1, 'max_unit': self.vgpus, 'step_size': 1, 'allocation_ratio': 1.0,
            'reserved': 0}})
