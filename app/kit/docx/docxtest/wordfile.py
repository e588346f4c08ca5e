"""Opens a Word file as a program does that is not ours: with the standard library alone.

Prints {"wrong": [...], "text": [...], "rows": [[...]]} as JSON: what is not as Office Open
XML wants it (ECMA-376 part 2: parts, content types, relationships), the text of each
paragraph, and the texts of the cells of each row of a table.
"""
import json
import posixpath
import sys
import zipfile
import xml.etree.ElementTree as ET

TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"

wrong = []


def source_of(rels):
    """The part whose relationships a .rels part holds; empty for the package."""
    folder, name = posixpath.split(rels)
    return posixpath.join(posixpath.dirname(folder), name[: -len(".rels")]).strip("/")


def read(path):
    package = zipfile.ZipFile(path)
    if package.testzip():
        wrong.append("damaged: " + package.testzip())
    names = package.namelist()
    if len(set(n.lower() for n in names)) != len(names):
        wrong.append("a name comes twice")
    if names[0] != "[Content_Types].xml":
        wrong.append("the types do not come first")
    trees = {}
    for name in names:
        if name.endswith((".xml", ".rels")):
            try:
                trees[name] = ET.fromstring(package.read(name))
            except ET.ParseError as e:
                wrong.append("%s is not well-formed: %s" % (name, e))

    types = trees["[Content_Types].xml"]
    defaults = {d.get("Extension").lower(): d.get("ContentType") for d in types.iter(TYPES + "Default")}
    overrides = {o.get("PartName"): o.get("ContentType") for o in types.iter(TYPES + "Override")}
    wrong.extend("a type for %s, which is not there" % p for p in overrides if p.lstrip("/") not in names)

    def type_of(name):
        return overrides.get("/" + name) or defaults.get(name.rsplit(".", 1)[-1].lower())

    wrong.extend("no type for " + n for n in names if n != "[Content_Types].xml" and not type_of(n))

    main, ids = None, {}
    for name in (n for n in names if n.endswith(".rels")):
        source = source_of(name)
        if source and source not in names:
            wrong.append("%s belongs to nothing" % name)
        for rel in trees[name].iter(RELS + "Relationship"):
            if rel.get("Id") in ids.setdefault(source, {}):
                wrong.append("%s has %s twice" % (name, rel.get("Id")))
            target = rel.get("Target")
            if rel.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/" + posixpath.dirname(source), target)).lstrip("/")
                if target not in names:
                    wrong.append("%s leads to %s, which is not there" % (name, target))
            ids[source][rel.get("Id")] = target
            if not source and rel.get("Type") == DOCUMENT:
                main = target
    if not main or type_of(main) != MAIN:
        wrong.append("no main document of its type")
        return [], []

    document = trees[main]
    for element in document.iter():
        for name, value in element.attrib.items():
            if name.startswith(R) and value not in ids.get(main, {}):
                wrong.append("%s is no relationship of the document" % value)
    styles = {s.get(W + "styleId") for name in names if name.endswith("styles.xml") for s in trees[name].iter(W + "style")}
    for kind in ("pStyle", "rStyle", "tblStyle"):
        wrong.extend("no style " + s.get(W + "val") for s in document.iter(W + kind) if s.get(W + "val") not in styles)
    if list(document.find(W + "body"))[-1].tag != W + "sectPr":
        wrong.append("the page is not described last")
    breaks = {W + "br": "\n", W + "cr": "\n", W + "tab": "\t"}

    def said(p):
        return "".join(e.text or "" if e.tag == W + "t" else breaks.get(e.tag, "") for e in p.iter())

    rows = []
    for table in document.iter(W + "tbl"):
        columns = len(table.find(W + "tblGrid").findall(W + "gridCol"))
        for row in table.findall(W + "tr"):
            cells = row.findall(W + "tc")
            if len(cells) != columns:
                wrong.append("a row of another width")
            if any(c.find(W + "p") is None for c in cells):
                wrong.append("a cell without a paragraph")
            rows.append(["\n".join(said(p) for p in c.findall(W + "p")) for c in cells])
    return [said(p) for p in document.iter(W + "p")], rows


text, rows = read(sys.argv[1])
json.dump({"wrong": wrong, "text": text, "rows": rows}, sys.stdout)
