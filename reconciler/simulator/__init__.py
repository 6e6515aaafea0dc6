"""A judge of our drivers: a real HTTP server on loopback that speaks the providers' wire formats.

It exists because no provider offers a sandbox, and because an order placed by mistake costs thousands. It is
written from the wire contracts alone and imports no other room of this program, so that a misreading in a
driver is not copied into its judge. What a contract leaves open is a switch, and what a network does wrong is
a fault; both are turned over the control API under `/_sim`.

Called by the `simulate` command, by accounts whose endpoint is `simulator`, and by every test that needs a
provider.
"""

from reconciler.simulator.server import Simulator

__all__ = ["Simulator"]
