"""The simulated vault: made-up values of the right shape, and the veil over all that the world keeps."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from bootstrap.errors import Permanent, Transient
from bootstrap.secret import Secret
from rehearsal.faults import Fault, inject
from rehearsal.pki import value_of
from rehearsal.vault import Vault
from rehearsal.world import World
from rehearsal.world_json import to_json
from steps.identity import fingerprint
from steps.site import Site
from tests.rehearsal.worlds import apply_resources, bare, configured, do, everything, tree_of, with_api
from tree.reference import Reference, parsed

CA = parsed("op://homelab-main/talos/CLUSTER_CA_CRT")


@pytest.mark.parametrize("field", ["MACHINE_CA_CRT", "CLUSTER_CA_CRT", "CLUSTER_ETCD_CA_CRT", "ADMIN_CRT"])
def test_certificates_have_the_shape_of_certificates(field: str) -> None:
    """base64 of PEM, with a fingerprint of its own."""
    value = value_of(Reference("vault", "talos", "", field))
    assert base64.b64decode(value).startswith(b"-----BEGIN CERTIFICATE-----")
    assert len(fingerprint(value, field)) == 64


def test_keys_are_keys_and_credentials_are_json() -> None:
    """Each shape is what its consumer decodes (failure 4)."""
    assert b"PRIVATE KEY" in base64.b64decode(value_of(Reference("v", "talos", "", "CLUSTER_CA_KEY")))
    credentials = value_of(Reference("v", "onepassword-connect", "", "CREDENTIALS_JSON_BASE64"))
    assert json.loads(base64.b64decode(credentials))["version"] == "2"
    assert len(base64.b64decode(value_of(Reference("v", "talos", "", "CLUSTER_ID")))) == 32


def test_every_reference_has_a_value_of_its_own() -> None:
    """No two references of the tree share a value: a mix-up would be seen."""
    values = [value_of(reference) for reference in tree_of().references]
    assert len(set(values)) == len(values)


def test_values_are_the_same_in_every_world() -> None:
    """Case does not matter, as in 1Password; another PKI is another value."""
    assert value_of(CA) == value_of(parsed("op://HOMELAB-MAIN/TALOS/cluster_ca_crt"))
    assert value_of(CA) != value_of(CA, "second")


def test_all_references_are_resolved_at_once() -> None:
    """The source gives a Secret for each."""

    async def work(site: Site) -> None:
        assert await site.estate.secrets.check() == ""
        found = await site.estate.secrets.resolve(frozenset(site.tree.references))
        assert set(found) == set(site.tree.references)
        assert all(isinstance(value, Secret) for value in found.values())

    do(bare(), work)


def test_references_without_a_value_are_all_named() -> None:
    """Unknown ones, and those that a test takes out of the vault."""
    world = bare()
    world.vault_missing.append(str(CA))
    unknown = Reference("homelab-main", "nothing", "", "here")

    async def work(site: Site) -> None:
        with pytest.raises(Permanent) as error:
            await site.estate.secrets.resolve(frozenset({*site.tree.references, unknown}))
        assert str(CA) in error.value.sentence
        assert str(unknown) in error.value.sentence

    do(world, work)


def test_a_vault_that_is_away_is_transient() -> None:
    """While it does not answer; afterwards it does."""
    world = inject(bare(), [Fault("vault-away", for_s=20)])

    async def work(site: Site) -> None:
        for _ in range(2):
            with pytest.raises(Transient, match="does not answer"):
                await site.estate.secrets.resolve(frozenset({CA}))
        await asyncio.sleep(30)
        assert await site.estate.secrets.resolve(frozenset({CA}))

    do(world, work)


def test_values_of_a_test_take_the_place_of_made_up_ones() -> None:
    """A canary can be put anywhere."""

    async def work(site: Site) -> str:
        return (await site.estate.secrets.resolve(frozenset({CA})))[CA].reveal()

    assert do(bare(), work, secrets={CA: "canary"}) == "canary"


def test_what_is_veiled_is_shown_again() -> None:
    """Between the two no value can be read."""
    vault = Vault(bare())
    text = f"a: {value_of(CA)}\nb: plain\n"
    veiled = vault.veiled(text)
    assert value_of(CA) not in veiled
    assert str(CA) in veiled
    assert Vault(bare()).shown(veiled) == text


@pytest.mark.parametrize("world", [configured(), with_api(), everything()], ids=["configured", "api", "everything"])
def test_no_value_of_the_vault_is_in_the_stored_world(world: World) -> None:
    """Neither machine configs nor credential files nor seeds bring one into it, at any moment of a bootstrap."""
    text = to_json(world)
    leaked = [str(reference) for reference in tree_of().references if value_of(reference) in text]
    assert leaked == []


def test_a_canary_is_nowhere_in_the_stored_world() -> None:
    """Also a value that a test brought."""
    world = with_api()
    canary = parsed("op://homelab-main/cluster-secrets/SECRET_DOMAIN")
    do(world, apply_resources, secrets={canary: "canary-7f3a"})
    assert "canary-7f3a" not in to_json(world)


def test_files_come_back_as_they_were_written() -> None:
    """The operator's files live in the world, veiled, and are read as they were."""
    world = bare()

    async def write(site: Site) -> Secret:
        talosconfig = await site.talosconfig()
        await site.estate.workstation.write_private("~/talosconfig", talosconfig)
        return talosconfig

    async def read(site: Site) -> tuple[Secret | None, Secret | None]:
        workstation = site.estate.workstation
        return await workstation.read_private("~/talosconfig"), await workstation.read_private("~/nothing")

    written = do(world, write)
    assert do(world, read) == (written, None)
