#!/usr/bin/python3
"""A real RTSP server (GStreamer's) with live streams, to check our client against somebody else's idea of RTSP.

usage: gst-source.py            prints "ready PORT" when it listens on a free port of 127.0.0.1
mounts: h264 h264-aac h264-pcma h264-pcmu h264-b h265 h265-aac h264-srtp h264-opus h264-l16 h264-latm mjpeg

Needs (Debian): python3-gi gir1.2-gst-rtsp-server-1.0 gir1.2-gst-plugins-base-1.0 gstreamer1.0-rtsp gstreamer1.0-x
gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
"""
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
gi.require_version("GstRtsp", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

PICTURES = "videotestsrc is-live=true pattern=ball ! video/x-raw,format=I420,width=320,height=180,framerate=15/1"
TONE = "audiotestsrc is-live=true wave=ticks ! audio/x-raw,rate={rate},channels=1 ! audioconvert"


def video(encoder, caps, name):
    return f"{PICTURES} ! {encoder} key-int-max=15 bitrate=300 ! {caps}{name}parse ! rtp{name}pay name=pay0 pt=96 config-interval=-1"


def audio(encoder, payloader, rate=8000, pt=97):
    return f" {TONE.format(rate=rate)} ! {encoder} ! {payloader} name=pay1 pt={pt}"


H264 = video("x264enc tune=zerolatency speed-preset=ultrafast", "", "h264")
H264_B = video("x264enc bframes=2 b-adapt=false speed-preset=veryfast", "video/x-h264,profile=main ! ", "h264")
H265 = video("x265enc tune=zerolatency speed-preset=ultrafast", "", "h265")
AAC = audio("avenc_aac bitrate=32000 ! aacparse", "rtpmp4gpay", rate=16000)

STREAMS = {
    "h264": H264,
    "h264-aac": H264 + AAC,
    "h264-pcma": H264 + audio("alawenc", "rtppcmapay", pt=8),
    "h264-pcmu": H264 + audio("mulawenc", "rtppcmupay", pt=0),
    "h264-b": H264_B,
    "h265": H265,
    "h265-aac": H265 + AAC,
    "h264-srtp": H264 + AAC,
    "h264-opus": H264 + audio("opusenc", "rtpopuspay", rate=48000),
    "h264-l16": H264 + audio("audioconvert ! audio/x-raw,channels=2,format=S16BE", "rtpL16pay", rate=16000),
    "h264-latm": H264 + audio("avenc_aac bitrate=32000 ! aacparse", "rtpmp4apay", rate=16000),
    "mjpeg": f"{PICTURES} ! videoconvert ! video/x-raw,format=I420 ! jpegenc ! rtpjpegpay name=pay0 pt=26",
}


def main():
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    for name, pipeline in STREAMS.items():
        factory = GstRtspServer.RTSPMediaFactory.new()
        factory.set_launch(f"( {pipeline} )")
        factory.set_shared(True)
        if name.endswith("-srtp"):
            factory.set_profiles(GstRtsp.RTSPProfile.SAVP)
        server.get_mount_points().add_factory(f"/{name}", factory)
    server.attach(None)
    print("ready", server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


main()
