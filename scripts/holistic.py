"""Landmarks of a signer in a video, found by MediaPipe Holistic, as a .pose file (version 0.2).

    holistic.py VIDEO -o FILE.pose

543 points: body 33, face 468, left and right hand 21; x and y in pixels, z as MediaPipe gives it, in
picture widths. A part that was not found has confidence 0 and position 0. Nothing is filled in or
smoothed here: what is counted are MediaPipe's own answers.

Needs what scripts/setup-holistic installs.
"""

import argparse
import os
import struct
import sys

os.environ.setdefault("GLOG_minloglevel", "3")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import cv2
import mediapipe
import numpy

BODY = [
    "NOSE", "LEFT_EYE_INNER", "LEFT_EYE", "LEFT_EYE_OUTER", "RIGHT_EYE_INNER", "RIGHT_EYE",
    "RIGHT_EYE_OUTER", "LEFT_EAR", "RIGHT_EAR", "MOUTH_LEFT", "MOUTH_RIGHT", "LEFT_SHOULDER",
    "RIGHT_SHOULDER", "LEFT_ELBOW", "RIGHT_ELBOW", "LEFT_WRIST", "RIGHT_WRIST", "LEFT_PINKY",
    "RIGHT_PINKY", "LEFT_INDEX", "RIGHT_INDEX", "LEFT_THUMB", "RIGHT_THUMB", "LEFT_HIP", "RIGHT_HIP",
    "LEFT_KNEE", "RIGHT_KNEE", "LEFT_ANKLE", "RIGHT_ANKLE", "LEFT_HEEL", "RIGHT_HEEL",
    "LEFT_FOOT_INDEX", "RIGHT_FOOT_INDEX",
]
FINGERS = ["INDEX_FINGER", "MIDDLE_FINGER", "RING_FINGER", "PINKY"]
HAND = ["WRIST", "THUMB_CMC", "THUMB_MCP", "THUMB_IP", "THUMB_TIP"] + [
    f"{finger}_{joint}" for finger in FINGERS for joint in ["MCP", "PIP", "DIP", "TIP"]
]
COMPONENTS = [
    ("POSE_LANDMARKS", BODY),
    ("FACE_LANDMARKS", [str(point) for point in range(468)]),
    ("LEFT_HAND_LANDMARKS", HAND),
    ("RIGHT_HAND_LANDMARKS", HAND),
]
PROGRESS_EVERY = 250


def rows(found, count, width, height, confident):
    """`[count, 4]`: x, y, z, confidence of one part; zeros where it was not found."""
    if found is None:
        return numpy.zeros((count, 4), "<f4")
    points = found.landmark[:count]
    confidence = (lambda point: point.visibility) if confident else (lambda point: 1.0)
    return numpy.array(
        [(p.x * width, p.y * height, p.z, confidence(p)) for p in points], "<f4"
    )


def read(path):
    """Frame rate, picture size and `[frames, 543, 4]` of a video."""
    video = cv2.VideoCapture(path)
    if not video.isOpened():
        sys.exit(f"holistic: {path} is no video that OpenCV can open")
    rate = video.get(cv2.CAP_PROP_FPS)
    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    frames, size = [], (0, 0)
    with mediapipe.solutions.holistic.Holistic(model_complexity=1) as holistic:
        while True:
            there, picture = video.read()
            if not there:
                break
            height, width = picture.shape[:2]
            size = (width, height)
            found = holistic.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            parts = [
                (found.pose_landmarks, 33, True),
                (found.face_landmarks, 468, False),
                (found.left_hand_landmarks, 21, False),
                (found.right_hand_landmarks, 21, False),
            ]
            frames.append(
                numpy.concatenate([rows(part, count, width, height, own) for part, count, own in parts])
            )
            if len(frames) % PROGRESS_EVERY == 0:
                print(f"holistic: {len(frames)} of {total} frames", file=sys.stderr, flush=True)
    if not frames:
        sys.exit(f"holistic: {path} has no frames")
    return rate, size, numpy.stack(frames)


def text(value):
    encoded = value.encode()
    return struct.pack("<H", len(encoded)) + encoded


def write(path, rate, size, frames):
    """A .pose file of one person, under its name only once it is whole."""
    header = struct.pack("<f4H", 0.2, size[0], size[1], 0, len(COMPONENTS))
    for name, points in COMPONENTS:
        header += text(name) + text("XYZC") + struct.pack("<3H", len(points), 0, 0)
        header += b"".join(text(point) for point in points)
    body = struct.pack("<fIH", rate, len(frames), 1)
    unfinished = f"{path}.part"
    with open(unfinished, "wb") as file:
        file.write(header + body)
        file.write(numpy.ascontiguousarray(frames[:, :, :3]).tobytes())
        file.write(numpy.ascontiguousarray(frames[:, :, 3]).tobytes())
    os.replace(unfinished, path)


def main():
    parser = argparse.ArgumentParser(description="Landmarks of a signer in a video, as a .pose file.")
    parser.add_argument("video")
    parser.add_argument("-o", "--output", required=True)
    arguments = parser.parse_args()
    write(arguments.output, *read(arguments.video))


if __name__ == "__main__":
    main()
