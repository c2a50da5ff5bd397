"""Neutron's own router plugin, with the changes of state that the (absent) agent would report."""
from neutron.services.l3_router import l3_router_plugin
from neutron_lib import constants


class RouterPlugin(l3_router_plugin.L3RouterPlugin):
    def _report(self, context, address):
        bound = address.get('port_id')
        status = constants.FLOATINGIP_STATUS_ACTIVE if bound else constants.FLOATINGIP_STATUS_DOWN
        if address.get('status') != status:
            self.update_floatingip_status(context.elevated(), address['id'], status)
            address['status'] = status
        return address

    def create_floatingip(self, context, floatingip):
        return self._report(context, super().create_floatingip(context, floatingip))

    def update_floatingip(self, context, id, floatingip):
        return self._report(context, super().update_floatingip(context, id, floatingip))

    def start_rpc_listeners(self):
        """No agent ever reports: routers are not to be scheduled on one."""
        return []
