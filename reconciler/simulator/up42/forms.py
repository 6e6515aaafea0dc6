"""Order forms: the JSON Schema of each data product (contracts/up42.md section 2).

The optical form is the recorded one of Pléiades; the others are made in its likeness.
"""

from reconciler.simulator.messages import JsonObject

_DRAFT_7 = "https://json-schema.org/draft-07/schema"
_POSITION = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}
_RING = {"type": "array", "items": _POSITION, "minItems": 4}
_POLYGON = {
    "title": "Polygon",
    "type": "object",
    "properties": {"type": {"const": "Polygon"}, "coordinates": {"type": "array", "items": _RING, "minItems": 1}},
    "required": ["type", "coordinates"],
}
_POINT = {
    "title": "Point",
    "type": "object",
    "properties": {"type": {"const": "Point"}, "coordinates": _POSITION},
    "required": ["type", "coordinates"],
}
_EVERY_FORM = {
    "displayName": {"type": "string", "title": "Order name"},
    "extraDescription": {"type": "string"},
    "acquisitionStart": {"type": "string", "format": "date-time"},
    "acquisitionEnd": {"type": "string", "format": "date-time"},
}
_ALWAYS = ("geometry", "displayName", "acquisitionStart", "acquisitionEnd")


def optical(title: str, modes: tuple[str, ...]) -> JsonObject:
    """Return the form of a polygon product: Pléiades, and with other modes its siblings."""
    optional = {
        "minBH": {"type": "number", "minimum": 0.2, "maximum": 0.8},
        "maxBH": {"type": "number", "minimum": 0.2, "maximum": 0.8},
        "projection": _choice("4326"),
    }
    required = {
        "acquisitionMode": _choice(*modes),
        "cloudCoverage": {"type": "integer", "minimum": 5, "maximum": 20},
        "incidenceAngle": {"type": "integer", "minimum": 5, "maximum": 50},
        "geometricProcessing": _choice("ortho"),
        "spectralProcessing": _choice("bundle"),
        "pixelCoding": _choice("12bits"),
        "radiometricProcessing": _choice("reflectance"),
        "deliveredAs": _choice("geotiff"),
    }
    single = {name: {"default": value["anyOf"][0]["const"]} for name, value in required.items() if _is_single(value)}
    form = _form(title, "Polygon", required, optional)
    form["definitions"] |= {"projection": {"default": "4326"}, "acquisitionMode": {"default": None}, **single}
    form["allOf"] = [_branch("stereo", 0.4, 0.7), _branch("tristereo", 0.2, 0.35)]
    return form


def spot(title: str) -> JsonObject:
    """Return the form of a point product with cloud cover, after the documented example."""
    required = {"acquisitionMode": _choice("standard", "priority")}
    optional = {"cloudCoverage": {"type": "integer", "minimum": 30, "maximum": 100}}
    form = _form(title, "Point", required, optional)
    form["definitions"] |= {"cloudCoverage": {"default": 30}, "acquisitionMode": {"default": None}}
    return form


def radar(title: str) -> JsonObject:
    """Return the form of a radar product at a point, with the parameters that only such orders show."""
    required = {"acquisitionMode": _choice("spotlight", "stripmap"), "polarization": _choice("VV", "HH")}
    optional = {
        "sceneSize": _choice("5x5", "10x10"),
        "looks": _choice("1", "3"),
        "resolution": _choice("0.5", "1"),
        "priority": {"type": "string", "enum": ["standard", "urgent"]},
    }
    return _form(title, "Point", required, optional)


def _form(title: str, geometry: str, required: JsonObject, optional: JsonObject) -> JsonObject:
    return {
        "$schema": _DRAFT_7,
        "title": title,
        "type": "object",
        "properties": {
            "geometry": {"allOf": [{"$ref": f"#/definitions/{geometry}"}]},
            **_EVERY_FORM,
            **required,
            **optional,
        },
        "required": [*_ALWAYS, *required],
        "additionalProperties": False,
        "definitions": {geometry: _POLYGON if geometry == "Polygon" else _POINT},
    }


def _choice(*values: str) -> JsonObject:
    return {"anyOf": [{"const": value, "title": value} for value in values]}


def _is_single(schema: JsonObject) -> bool:
    return len(schema.get("anyOf", ())) == 1


def _branch(mode: str, low: float, high: float) -> JsonObject:
    """Return a condition that steers UP42's own form and nothing else."""
    return {
        "if": {"properties": {"acquisitionMode": {"const": mode}}},
        "then": {"definitions": {"minBH": {"default": low}, "maxBH": {"default": high}}},
    }
