"""An RTSP camera (RFC 2326) with a moving test picture in H.264, for rtsp-camera.ts.

rtsp-camera.py PORT RATE [USER PASSWORD]; prints the port it got, ends when its standard input does.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

PICTURE = (
    "( videotestsrc is-live=true pattern=ball ! video/x-raw,width=640,height=360,framerate={rate}/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max={rate} ! rtph264pay name=pay0 pt=96 )"
)


def demand_login(server, factory, user, password):
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth = GstRtspServer.RTSPAuth()
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    permissions = GstRtspServer.RTSPPermissions()
    for right in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("viewer", right, True)
    factory.set_permissions(permissions)
    server.set_auth(auth)


def main(port, rate, *login):
    Gst.init(None)
    loop = GLib.MainLoop()
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PICTURE.format(rate=rate))
    factory.set_shared(True)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    server.get_mount_points().add_factory("/lane", factory)
    if login:
        demand_login(server, factory, *login)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.io_add_watch(sys.stdin.fileno(), GLib.PRIORITY_DEFAULT, GLib.IOCondition.HUP, lambda *_: loop.quit())
    loop.run()


main(*sys.argv[1:])
