"""Volumes that are nowhere: Cinder keeps all that it knows of them in its database, and asks a driver only for their bytes."""
import os

from cinder.volume import driver

GIBIBYTES = 1000


class PretendingDriver(driver.VolumeDriver):
    VERSION = '1.0'

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.capacity = float(os.environ.get('BED_VOLUMES_GB') or GIBIBYTES)

    def check_for_setup_error(self):
        pass

    def _update_volume_stats(self):
        self._stats = {'volume_backend_name': 'pretended', 'vendor_name': 'bed', 'driver_version': self.VERSION,
                       'storage_protocol': 'iSCSI', 'total_capacity_gb': self.capacity,
                       'free_capacity_gb': self.capacity, 'reserved_percentage': 0, 'QoS_support': False}

    def create_volume(self, volume):
        pass

    def delete_volume(self, volume):
        pass

    def extend_volume(self, volume, new_size):
        pass

    def create_snapshot(self, snapshot):
        pass

    def delete_snapshot(self, snapshot):
        pass

    def create_volume_from_snapshot(self, volume, snapshot):
        pass

    def create_cloned_volume(self, volume, src_vref):
        pass

    def clone_image(self, context, volume, image_location, image_meta, image_service):
        # Nothing is copied.
        return {}, True

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        return {'driver_volume_type': 'fake', 'data': {'volume_id': volume.id, 'access_mode': 'rw'}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass
