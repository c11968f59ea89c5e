"""The control plane of the lab: real etcd members, API servers, controller managers and schedulers, and the VIP.

Behaves as Talos' control plane does; facts from its sources (v1.11.5: internal/app/machined, internal/pkg/etcd).
"""

from lab.control_plane.control_planes import RealControlPlanes
from lab.control_plane.vip import Vip

__all__ = ["RealControlPlanes", "Vip"]
