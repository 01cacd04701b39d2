internal import JSON

extension XMLElement {
    /// The `Error` inside an error document: `ErrorResponse/Error` or, of `ec2`, `Response/Errors/Error`.
    var errorElement: XMLElement? { (first("Errors") ?? self).first("Error") }

    /// The element's children as JSON: text, nested objects, null for what is empty.
    var details: JSONObject {
        JSONObject(
            children.map { child in
                if !child.children.isEmpty { return (child.name, .object(child.details)) }
                return (child.name, child.text.isEmpty ? .null : .string(child.text))
            }
        )
    }
}
