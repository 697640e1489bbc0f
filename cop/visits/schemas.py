# SPDX-FileCopyrightText: The Reihum contributors
# SPDX-License-Identifier: EUPL-1.2
"""Forms of visits."""

from marshmallow import Schema, fields, validate


class CityForm(Schema):
    """One city, by its origin."""

    city = fields.Str(required=True, validate=validate.Length(max=200))
