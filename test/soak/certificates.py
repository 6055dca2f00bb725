"""The certificates of a run, and the pair that a life's service is given."""

import os
import pathlib
import shutil
import ssl

import servers


class Certificates:
    """Two good pairs, made once."""

    def __init__(self, folder):
        self.pairs = []
        self.trust = ssl.create_default_context()
        for name in ("one", "other"):
            (pathlib.Path(folder) / name).mkdir(parents=True)
            self.pairs.append(servers.certificate(pathlib.Path(folder) / name))
            self.trust.load_verify_locations(self.pairs[-1][0])


class Pair:
    """The files that a service reads. Each is replaced at once, one after the other."""

    def __init__(self, certificates, folder):
        self._pairs = certificates.pairs
        self._at = 0
        self.certificate, self.key = pathlib.Path(folder) / "tls.crt", pathlib.Path(folder) / "tls.key"
        self._put(*self._pairs[0])

    def _put(self, certificate, key):
        for source, target in ((certificate, self.certificate), (key, self.key)):
            new = target.with_suffix(".new")
            shutil.copy(source, new)
            os.replace(new, target)

    def renew(self):
        self._at = 1 - self._at
        self._put(*self._pairs[self._at])

    def spoil(self):
        """The key is another certificate's."""
        self._put(self._pairs[self._at][0], self._pairs[1 - self._at][1])

    def mend(self):
        self._put(*self._pairs[self._at])
