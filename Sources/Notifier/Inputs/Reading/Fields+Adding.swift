import JSON

extension [Field] {
    /// Adds a field, if there is something to say.
    mutating func add(_ name: String, _ value: String?, isShort: Bool? = nil) {
        if let value, !value.isEmpty { append(Field(name, value, isShort: isShort)) }
    }

    /// Adds a field that holds a scalar, if there is one.
    mutating func add(_ name: String, _ value: JSONValue?) { add(name, value?.text) }
}

extension [Link] {
    /// Adds a link, if there is one and it leads to a web page.
    mutating func add(_ title: String, _ url: String?) {
        if let url, url.hasPrefix("https://") || url.hasPrefix("http://") { append(Link(title, url)) }
    }
}
