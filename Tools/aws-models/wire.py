"""Makes responses in each protocol from a model: what services send, and what they might send."""

import base64
import json
import re
from xml.sax.saxutils import escape, quoteattr

STATUS = [400, 400, 403, 404, 409, 429, 500, 503]
TEXTS = ["plain", "two words", "<tag>&\"'", "é日本語🎉", "a%2Fb+c%C3%A9", "line\nbreak\ttab", " edges ", "0", ""]
HEADER_TEXTS = ["plain", "two words", "a=b; c=\"d\"", "0"]
TIMES = {
    "iso8601": ["2026-11-21T03:42:00Z", "2026-11-21T03:42:00.123Z", "2026-11-21T03:42:00.123456Z",
                "2026-11-21T03:42:00+01:00"],
    "rfc822": ["Sun, 06 Nov 1994 08:49:37 GMT", "Sat, 21 Nov 2026 03:42:00 GMT"],
    "unixTimestamp": [0, 1700000000, 1700000000.25, 1700000000.123456, -1.5],
}
DOUBLES = [0.0, 1.5, -2.25, 3.141592653589793, 1e-7, 1e300, 5e-324]


class Writer:
    def __init__(self, protocol, model, rng):
        self.protocol, self.model, self.rng = protocol, model, rng
        self.is_xml = protocol in ("query", "ec2", "rest-xml")

    def chance(self, share):
        return self.rng.random() < share

    # Values

    def scalar(self, shape, header=False):
        """The wire text of a scalar (in JSON bodies a number or boolean)."""
        rng, kind = self.rng, shape.type_name
        if kind == "string":
            if shape.enum and self.chance(0.6):
                return rng.choice(shape.enum)
            return rng.choice(HEADER_TEXTS if header else TEXTS)
        if kind == "timestamp":
            default = "rfc822" if header else "iso8601" if self.is_xml else "unixTimestamp"
            value = rng.choice(TIMES[shape.serialization.get("timestampFormat", default)])
            if not header and self.chance(0.2):
                value = rng.choice(rng.choice(list(TIMES.values())))
        elif kind == "blob":
            value = base64.b64encode(rng.choice([b"", b"a", b"abc", bytes(range(256))])).decode()
        elif kind in ("integer", "long"):
            value = rng.choice([0, 1, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
        elif kind in ("float", "double"):
            value = rng.choice(DOUBLES)
        else:
            value = self.chance(0.5)
        if not self.is_xml and not header:
            return value
        return str(value).lower() if isinstance(value, bool) else str(value)

    def names(self, shape, depth):
        """A random choice of a structure's members."""
        names = [n for n, m in shape.members.items() if m.serialization.get("location") is None]
        names = [n for n in names if not shape.members[n].serialization.get("eventstream")]
        if shape.is_tagged_union:
            return [self.rng.choice(names)]
        share = self.rng.choice([0, 0.3, 0.7, 1]) if depth < 3 else 0.2
        names = [n for n in names if self.chance(share)]
        self.rng.shuffle(names)
        return names

    def count(self, depth):
        return 0 if depth > 5 else self.rng.choice([0, 1, 2, 3])

    # JSON

    def json_value(self, shape, depth=0):
        kind = shape.type_name
        if kind == "structure":
            if shape.is_document_type:
                return {"free": [1, {"form": None}]}
            if shape.is_tagged_union and self.chance(0.2):
                return {"NewerMember": {"a": 1}}
            out = {}
            for name in self.names(shape, depth):
                member = shape.members[name]
                out[member.serialization.get("name", name)] = self.json_value(member, depth + 1)
            if not shape.is_tagged_union:
                if self.chance(0.2):
                    out["UnknownMember"] = {"deep": [1, None]}
                if out and self.chance(0.2):
                    out[self.rng.choice(list(out))] = None
            return out
        if kind == "list":
            items = [self.json_value(shape.member, depth + 1) for _ in range(self.count(depth))]
            return items + [None] if self.chance(0.1) else items
        if kind == "map":
            keys = [shape.key.enum[0]] if getattr(shape.key, "enum", None) else ["a", "é b", "c.d"]
            return {key: self.json_value(shape.value, depth + 1) for key in keys[: self.count(depth)]}
        return self.scalar(shape)

    # XML

    def xml_text(self, text):
        if text and "]]>" not in text and self.chance(0.15):
            return f"<![CDATA[{text}]]>"
        if self.chance(0.1):
            return "".join(f"&#x{ord(c):x};" for c in text)
        return escape(text, {"\r": "&#xD;"})

    def space(self):
        return self.rng.choice(["", "", "\n  ", " "])

    def tag(self, name, content, attributes=""):
        if content == "" and self.chance(0.7):
            return f"<{name}{attributes}/>"
        return f"<{name}{attributes}>{content}</{name}>"

    def xml_members(self, shape, depth=0):
        """The content of a structure's element, and its attributes."""
        parts, attributes = [], ""
        if shape.is_tagged_union and self.chance(0.2):
            return "<NewerMember><a>1</a></NewerMember>", ""
        for name in self.names(shape, depth):
            member = shape.members[name]
            wire_name = member.serialization.get("name", name)
            if member.serialization.get("xmlAttribute"):
                prefix = wire_name.split(":")[0]
                value = quoteattr(self.scalar(member))
                attributes += f' xmlns:{prefix}="http://example.org/{prefix}" {wire_name}={value}'
            elif member.type_name in ("list", "map") and member.serialization.get("flattened"):
                if member.type_name == "list":
                    wire_name = member.member.serialization.get("name", wire_name)
                    parts += [self.xml(member.member, wire_name, depth + 1) for _ in range(self.count(depth))]
                else:
                    parts += [self.tag(wire_name, entry) for entry in self.xml_entries(member, depth)]
            else:
                parts.append(self.xml(member, wire_name, depth + 1))
        if not shape.is_tagged_union and self.chance(0.2):
            parts.append("<UnknownMember a='b'><Deep>1</Deep></UnknownMember>")
        if not shape.is_tagged_union and self.chance(0.1):
            parts.append("<!-- comment -->")
        return "".join(self.space() + part for part in parts), attributes

    def xml_entries(self, shape, depth):
        key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        for text in ["a", "é b", "c.d"][: self.count(depth)]:
            yield self.tag(key, text) + self.space() + self.xml(shape.value, value, depth + 1)

    def xml(self, shape, name, depth=0):
        kind = shape.type_name
        if kind == "structure":
            return self.tag(name, *self.xml_members(shape, depth))
        if kind == "list":
            item = shape.member.serialization.get("name", "member")
            items = [self.xml(shape.member, item, depth + 1) for _ in range(self.count(depth))]
            return self.tag(name, "".join(self.space() + i for i in items))
        if kind == "map":
            return self.tag(name, "".join(self.tag("entry", entry) for entry in self.xml_entries(shape, depth)))
        text = self.xml_text(self.scalar(shape))
        if kind in ("integer", "long", "double", "float") and self.chance(0.1):
            text = f"\n {text} "
        return self.tag(name, text)

    def document(self, root, content, attributes=""):
        head = self.rng.choice(["", '<?xml version="1.0" encoding="UTF-8"?>\n'])
        namespace = self.model.metadata.get("xmlNamespace")
        if namespace and self.chance(0.8):
            attributes += f' xmlns="{namespace}"'
        return (head + f"<{root}{attributes}>{content}{self.space()}</{root}>").encode()

    # Responses

    def response(self, operation):
        shape = operation.output_shape
        request_id = "".join(self.rng.choice("0123456789abcdef") for _ in range(12))
        if self.protocol in ("query", "ec2"):
            content = ""
            if shape is not None:
                content, _ = self.xml_members(shape)
                if "resultWrapper" in shape.serialization:
                    content = self.tag(shape.serialization["resultWrapper"], content)
            if self.protocol == "ec2":
                content += f"<requestId>{request_id}</requestId>"
            else:
                content += f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
            return 200, {"Content-Type": "text/xml"}, self.document(operation.name + "Response", content)
        headers = {self.rng.choice(["x-amzn-RequestId", "x-amzn-requestid"]): request_id}
        if self.protocol == "json":
            body = b"" if shape is None or self.chance(0.05) else json.dumps(self.json_value(shape)).encode()
            return 200, headers, body
        return self.rest_response(shape, headers, request_id)

    def rest_response(self, shape, headers, request_id):
        if self.protocol == "rest-xml" and self.chance(0.8):
            headers = {"x-amz-request-id": request_id, "x-amz-id-2": "host"}
        if shape is None:
            return 204, headers, b""
        for name, member in shape.members.items():
            location, wire_name = member.serialization.get("location"), member.serialization.get("name", name)
            if self.chance(0.4) or location not in ("header", "headers"):
                continue
            if location == "headers":
                headers |= {wire_name + "Some-Key": "a b", wire_name.upper() + "other": "2"}
            elif member.serialization.get("jsonvalue"):
                headers[wire_name] = base64.b64encode(b'{"a":[1,null]}').decode()
            elif member.type_name == "list":
                headers[wire_name] = self.rng.choice(["a", "a, b", "a,b"])
            else:
                headers[wire_name] = self.scalar(member, header=True)
                if name == "Expires" and self.chance(0.3):
                    headers[wire_name] = "-1 day"
        payload = shape.serialization.get("payload")
        if payload is None:
            return 200, headers, self.rest_body(shape, shape.name)
        member = shape.members[payload]
        if member.type_name in ("blob", "string"):
            return 200, headers, self.rng.choice([b"", b"raw bytes", "é<&>".encode()])
        return 200, headers, self.rest_body(member, member.serialization.get("name", payload))

    def rest_body(self, shape, root):
        if shape.name == "GetBucketLocationOutput":
            return self.document("LocationConstraint", self.rng.choice(["", "eu-west-1"]))
        if self.chance(0.05):
            return b""
        if self.protocol == "rest-json":
            return json.dumps(self.json_value(shape)).encode()
        return self.document(root, *self.xml_members(shape))

    # Refusals

    def fault(self, error):
        status = self.rng.choice(STATUS)
        code = "SomeUnknownError" if error is None else error.error_code
        if self.chance(0.15):
            page = b"<html><body>Bad Gateway</body></html>"
            body = self.rng.choice([b"", b"  \n", page, b"not <xml or {json", b"{}"])
            return status, {"Content-Type": "text/html"}, body
        if self.is_xml:
            return self.xml_fault(status, code, error)
        return self.json_fault(status, code, error)

    def xml_fault(self, status, code, error):
        members, _ = ("", "") if error is None else self.xml_members(error)
        message = self.xml_text(self.rng.choice(TEXTS))
        content = self.tag("Code", code) + self.tag("Message", message)
        content += re.sub("(</?)(message|Message|Code)\\b", r"\1Other", members)
        if self.protocol == "rest-xml":
            if self.model.metadata["serviceId"] == "S3" and self.chance(0.1):
                status = 200
            content += "<Resource>/x</Resource><RequestId>r1</RequestId><HostId>h1</HostId>"
            return status, {"x-amz-request-id": "r1", "x-amz-id-2": "h1"}, f"<Error>{content}</Error>".encode()
        if self.protocol == "ec2":
            body = f"<Errors><Error>{content}</Error></Errors><RequestID>r1</RequestID>"
            return status, {}, self.document("Response", body)
        content = "<Type>Sender</Type>" + content + self.rng.choice(["", "<Detail/>"])
        return status, {}, self.document("ErrorResponse", f"<Error>{content}</Error><RequestId>r1</RequestId>")

    def json_fault(self, status, code, error):
        body = {} if error is None else self.json_value(error)
        headers = {"x-amzn-RequestId": "r1"}
        if self.chance(0.9):
            body[self.rng.choice(["message", "Message"])] = self.rng.choice(TEXTS)
        form = self.rng.choice([code, "com.amazonaws#" + code, code + ":http://example.org/", "a.b#" + code + ":x"])
        if self.protocol == "rest-json" and self.chance(0.7):
            headers["x-amzn-ErrorType"] = form
        elif self.protocol == "rest-json" and self.chance(0.3):
            body["code"] = form
        elif self.chance(0.9):
            body["__type"] = form
        if "awsQueryCompatible" in self.model.metadata and self.chance(0.6):
            headers["x-amzn-query-error"] = self.rng.choice(["AWS.Service.Legacy;Sender", "odd", ";Sender"])
        return status, headers, json.dumps(body).encode()
