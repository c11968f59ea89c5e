"""HOME of whatever runs inside a lab: a prompt that says where one is, and git's trust in the lab's CA."""

from __future__ import annotations

from lab.place import LabPlace


def furnish(place: LabPlace, cluster: str) -> None:
    """Write its files. git does not read SSL_CERT_FILE (git-config(1), http.sslCAInfo)."""
    files = {
        ".bashrc": f"PS1='(lab {cluster}) \\w\\$ '\n",
        ".zshrc": f"PROMPT='(lab {cluster}) %~%# '\n",
        ".gitconfig": f'[http]\n\tsslCAInfo = "{place.ca}"\n',
    }
    for name, text in files.items():
        (place.home / name).write_text(text)
