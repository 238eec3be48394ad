"""Provenance as XMP, in the words that others have for it where there are any.

References:
    XMP Specification Part 1, Data Model, ISO 16684-1:2019; its schemas Dublin
    Core, XMP Basic and XMP Media Management, and the types ResourceRef and
    ResourceEvent.
"""

import dataclasses
import json
import re
import uuid

from lxml import etree

from keras_htr_gan.data.readers.safe_xml import (
    PageError,
    find_encoding,
    parse_any_xml,
)
from keras_htr_gan.restoration.provenance import AGENT, Provenance
from keras_htr_gan.runtimes.identity import ModelIdentity

NAMESPACES = {
    "x": "adobe:ns:meta/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "stRef": "http://ns.adobe.com/xap/1.0/sType/ResourceRef#",
    "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
    # For what these have no word: checksums, the model, and pages.
    "htrgan": "urn:keras-htr-gan:provenance:1#",
}
BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
END = '\n<?xpacket end="r"?>'
EMPTY = f'<x:xmpmeta xmlns:x="{NAMESPACES["x"]}"/>'
# What XML cannot hold, and half characters of a strange file's name.
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FIELDS = ("page", "kind", "text_height", "polarity", "turn", "borders", "rows")
FIELDS += ("lines",)


def qualify(name):
    """`"prefix:name"` as `lxml` has it: str."""
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


ABOUT, TYPE = qualify("rdf:about"), qualify("rdf:parseType")
DESCRIPTION, RDF = qualify("rdf:Description"), qualify("rdf:RDF")
LISTS = tuple(qualify(f"rdf:{kind}") for kind in ("Seq", "Bag", "Alt"))
ITEM = qualify("rdf:li")


def write_provenance(provenance, old=None, made_whole=True):
    """A packet that says what made a document, and what was said of it.

    Args:
        provenance: `Provenance`.
        old: bytes, the packet that the document had, or `None`.
        made_whole: bool, whether all of the file is made here, and not a part
            of what another program made.

    Returns:
        bytes; or `None` if what the document had is no XMP.
    """
    try:
        root, rdf = open_packet(old)
    except PageError:
        return None
    for name in ("htrgan:Model", "htrgan:Pages", "xmp:MetadataDate"):
        take(rdf, name)
    where = add_description(rdf)
    if made_whole:
        put(where, "xmp:CreatorTool", f"{AGENT} {provenance.version}")
    if find(rdf, "dc:source") is None:
        put(where, "dc:source", provenance.source.rpartition("/")[2])
    put(where, "xmp:MetadataDate", provenance.when)
    instance = put_derivation(rdf, where, provenance)
    put_event(rdf, where, provenance, instance)
    if provenance.model is not None:
        put(where, "htrgan:Model", list_model(provenance.model))
    pages = [
        {f"htrgan:{name}": page[name] for name in FIELDS if name in page}
        for page in provenance.pages
    ]
    if pages:
        put(where, "htrgan:Pages", pages)
    etree.cleanup_namespaces(root)
    etree.indent(root)
    text = etree.tostring(root, encoding="unicode")
    return f"{BEGIN}{text}{END}".encode()


def put_derivation(rdf, where, provenance):
    """Says from what a document is derived.

    Returns:
        str, what this instance of it is called now; `None` where none was.
    """
    source = {
        "stRef:filePath": provenance.source,
        "htrgan:sha256": provenance.sha256,
    }
    document = find(rdf, "xmpMM:DocumentID")
    before, instance = take(rdf, "xmpMM:InstanceID"), None
    if document is not None:
        source["stRef:documentID"] = document
    if before is not None:
        source["stRef:instanceID"] = before
        said = f"{provenance.sha256} {provenance.settings} {provenance.when}"
        instance = f"uuid:{uuid.uuid5(uuid.NAMESPACE_OID, said)}"
        put(where, "xmpMM:InstanceID", instance)
    take(rdf, "htrgan:DerivedFrom")
    kept = find(rdf, "xmpMM:DerivedFrom")
    if isinstance(kept, dict) and "htrgan:sha256" in kept:
        take(rdf, "xmpMM:DerivedFrom")
        kept = None
    # What was said of an earlier source holds still.
    name = "xmpMM" if kept is None else "htrgan"
    put(where, f"{name}:DerivedFrom", source)
    return instance


def put_event(rdf, where, provenance, instance):
    """Adds what was done to the history."""
    event = {
        "stEvt:action": "restored",
        "stEvt:when": provenance.when,
        "stEvt:softwareAgent": f"{AGENT} {provenance.version}",
        "stEvt:changed": "/content",
        "stEvt:parameters": json.dumps(
            provenance.settings, ensure_ascii=False, sort_keys=True
        ),
    }
    if instance is not None:
        event["stEvt:instanceID"] = instance
    history = rdf.find(f"{DESCRIPTION}/{qualify('xmpMM:History')}")
    kept = None if history is None else history.find(qualify("rdf:Seq"))
    if kept is None:
        take(rdf, "xmpMM:History")
        put(where, "xmpMM:History", [event])
    else:
        put(kept, "rdf:li", event)


def list_model(model):
    """A `ModelIdentity` as XMP has it: dict."""
    fields = {
        "name": model.name,
        "runtime": model.runtime,
        "library": model.library,
        "precision": model.precision,
        "files": [
            {"htrgan:name": name, "htrgan:sha256": digest}
            for name, digest in sorted(model.files.items())
        ],
    }
    return {f"htrgan:{k}": v for k, v in fields.items() if v is not None}


def parse_provenance(packet):
    """What a packet says of the last restoration.

    Args:
        packet: bytes, of unknown origin, or `None`.

    Returns:
        `Provenance`, or `None` if it says nothing of one.
    """
    if packet is None:
        return None
    try:
        _, rdf = open_packet(packet)
    except PageError:
        return None
    names = ("xmpMM:DerivedFrom", "htrgan:DerivedFrom")
    sources = [fields_of(find(rdf, name)) for name in names]
    source = next((s for s in sources if "htrgan:sha256" in s), {})
    events = [
        event
        for event in map(fields_of, list_of(find(rdf, "xmpMM:History")))
        if str(event.get("stEvt:softwareAgent", "")).startswith(f"{AGENT} ")
    ]
    try:
        event = events[-1]
        settings = json.loads(event["stEvt:parameters"])
        provenance = Provenance(
            source=source["stRef:filePath"],
            sha256=source["htrgan:sha256"],
            model=parse_model(fields_of(find(rdf, "htrgan:Model"))),
            version=event["stEvt:softwareAgent"].partition(" ")[2],
            settings=settings,
            when=event["stEvt:when"],
            pages=[
                {k.partition(":")[2]: v for k, v in fields_of(page).items()}
                for page in list_of(find(rdf, "htrgan:Pages"))
            ],
        )
    except (LookupError, TypeError, ValueError, RecursionError):
        return None
    texts = (provenance.source, provenance.sha256, provenance.when)
    if not isinstance(settings, dict) or not all(
        isinstance(text, str) for text in texts
    ):
        return None
    return provenance


def parse_model(fields):
    """A `ModelIdentity` of what `list_model` made, or `None` of nothing."""
    if not fields:
        return None
    files = map(fields_of, list_of(fields["htrgan:files"]))
    files = {f["htrgan:name"]: f["htrgan:sha256"] for f in files}
    said = {
        field.name: fields.get(f"htrgan:{field.name}")
        for field in dataclasses.fields(ModelIdentity)
        if field.name != "files"
    }
    texts = (*said.values(), *files, *files.values())
    if not all(text is None or isinstance(text, str) for text in texts):
        raise TypeError("not all are texts")
    return ModelIdentity(**said, files=files)


def open_packet(packet):
    """The tree of a packet, or of a new one: its root and its RDF.

    Raises:
        PageError: if it is no XMP.
    """
    text = EMPTY
    if packet is not None:
        packet = packet.rstrip(b"\0 \r\n\t")
        try:
            text = packet.decode(find_encoding(packet))
        except (UnicodeError, LookupError) as error:
            raise PageError("XMP", str(error)) from error
    root = parse_any_xml("XMP", text)
    rdf = root if root.tag == RDF else root.find(RDF)
    if rdf is None:
        rdf = etree.SubElement(root, RDF, nsmap={"rdf": NAMESPACES["rdf"]})
    return root, rdf


def add_description(rdf):
    """A new part of a packet, of what its other parts are about."""
    first = rdf.find(DESCRIPTION)
    about = "" if first is None else first.get(ABOUT, "")
    names = {k: v for k, v in NAMESPACES.items() if k not in ("x", "rdf")}
    return etree.SubElement(rdf, DESCRIPTION, {ABOUT: about}, nsmap=names)


def put(parent, name, value):
    """Adds a property: a dict for a structure, a list for several."""
    element = etree.SubElement(parent, qualify(name))
    if isinstance(value, dict):
        element.set(TYPE, "Resource")
        for field, inner in value.items():
            put(element, field, inner)
    elif isinstance(value, list):
        inside = etree.SubElement(element, qualify("rdf:Seq"))
        for item in value:
            put(inside, "rdf:li", item)
    else:
        element.text = clean(value if isinstance(value, str) else str(value))


def clean(text):
    """A text as XML can hold it; what it cannot, with a backslash."""
    return NOT_XML.sub(lambda m: ascii(m[0])[1:-1], text)


def find(rdf, name):
    """The value of a property, see `put`; `None` if there is none."""
    for part in rdf.iterchildren(DESCRIPTION):
        if (text := part.get(qualify(name))) is not None:
            return text
        if (element := part.find(qualify(name))) is not None:
            return read_value(element)
    return None


def take(rdf, name):
    """The same, and it is removed."""
    value = find(rdf, name)
    for part in rdf.iterchildren(DESCRIPTION):
        part.attrib.pop(qualify(name), None)
        for element in part.findall(qualify(name)):
            part.remove(element)
    return value


def read_value(element):
    """The value of an element, in any of the ways in which RDF has it."""
    inner = element.find(DESCRIPTION)
    fields = element if inner is None else inner
    children = list(fields)
    if len(children) == 1 and children[0].tag in LISTS:
        return [read_value(item) for item in children[0].iterchildren(ITEM)]
    said = {
        name_shortly(key): value
        for key, value in fields.attrib.items()
        if key not in (TYPE, ABOUT)
    }
    said |= {name_shortly(child.tag): read_value(child) for child in children}
    plain = inner is None and not said and element.get(TYPE) is None
    return (element.text or "") if plain else said


def name_shortly(tag):
    """A name of `lxml` with our prefix, if we have one for it: str."""
    namespace, _, local = str(tag).removeprefix("{").rpartition("}")
    for prefix, known in NAMESPACES.items():
        if known == namespace:
            return f"{prefix}:{local}"
    return str(tag)


def fields_of(value):
    return value if isinstance(value, dict) else {}


def list_of(value):
    return value if isinstance(value, list) else []
