# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""A community's rotation for a role."""

from uuid import UUID

from sqlalchemy import select

from cop.base.db import db, locked, new_id
from cop.communities.models import Community
from cop.rotation.models import Rotation, RotationMember


def rotation_of(community: Community, role: str) -> Rotation:
    """Return a community's rotation for a role, made on first need; held until the commit."""
    hold(community.id)
    rotation = db.session.scalar(select(Rotation).where(Rotation.community_id == community.id, Rotation.role == role))
    if rotation is None:
        rotation = Rotation(id=new_id(), community_id=community.id, role=role)
        db.session.add(rotation)
        db.session.flush()  # its members refer to it
    return rotation


def hold(community_id: UUID) -> None:
    """Lock a community's rotations until the commit: turns are given one after the other."""
    db.session.execute(locked(select(Community.id).where(Community.id == community_id), Community))


def find_member(rotation: Rotation, person_id: UUID) -> RotationMember | None:
    return db.session.scalar(
        select(RotationMember).where(RotationMember.rotation_id == rotation.id, RotationMember.person_id == person_id)
    )
