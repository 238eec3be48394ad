"""Several devices and hosts that train one model.

What is offered here is imported when it is first asked for.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "devices": ["share_training"],
        "hosts": ["HostLost", "Hosts"],
    },
)
