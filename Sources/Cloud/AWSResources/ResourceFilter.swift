public import Basics
public import JSON

/// One condition on a resource, in the shape of EC2's filters: a name, and values of which one must match.
///
/// Values can have `*` for any characters and `?` for one. A name is `tag:<key>` (the tag's value), `tag-key` (a tag
/// that is there, whatever its value), `resource-type`, or any property that a service knows, such as
/// `instance-state-name`.
public struct ResourceFilter: Sendable, Hashable {
    /// Such as `tag:Name`.
    public let name: String
    /// Any of them may match; never empty.
    public let values: [String]

    /// A filter; nil without a name or without values.
    public init?(name: String, values: [String]) {
        guard !name.isEmpty, !values.isEmpty else { return nil }
        (self.name, self.values) = (name, values)
    }

    /// Reads `tag:Name=web*`, or `instance-state-name=running,stopped` with several values.
    ///
    /// A backslash before a comma or another backslash takes its meaning away. A value may contain `=`.
    /// - Throws: `AWSResourcesError` with the text and the expected form.
    public init(parsing text: String) throws(AWSResourcesError) {
        guard let sign = text.firstIndex(of: "="), sign != text.startIndex else {
            throw AWSResourcesError(
                .wrongSelector, "\"\(text)\" is no filter, expected name=value, such as tag:Name=web*")
        }
        let name = String(text[..<sign].trimmingWhitespace)
        guard name != "tag:", !name.isEmpty else {
            throw AWSResourcesError(.wrongSelector, "\"\(text)\" names no tag, expected tag:<key>=value")
        }
        self.name = name
        values = Self.values(in: text[text.index(after: sign)...])
    }

    private static func values(in text: Substring) -> [String] {
        var values = [""]
        var isEscaped = false
        for character in text {
            if isEscaped || character != "\\" && character != "," {
                // Only what has a meaning of its own is escaped: `C:\a` stays as it is.
                if isEscaped && character != "\\" && character != "," { values[values.count - 1].append("\\") }
                values[values.count - 1].append(character)
                isEscaped = false
            } else if character == "," {
                values.append("")
            } else {
                isEscaped = true
            }
        }
        if isEscaped { values[values.count - 1].append("\\") }
        return values
    }

    /// The key, when the filter is on the value of a tag.
    public var tagKey: String? { name.hasPrefix("tag:") ? String(name.dropFirst(4)) : nil }

    /// Whether one of the values matches.
    public func matches(_ value: String) -> Bool { values.contains { Glob($0).matches(value) } }

    /// Whether the resource matches.
    ///
    /// - Parameter property: the resource's value of a property that is neither tag nor type; nil where it has none.
    public func matches(_ resource: Resource, property: (String) -> String? = { _ in nil }) -> Bool {
        if let tagKey { return resource.tags[tagKey].map(matches) ?? false }
        switch name {
        case "tag-key": return resource.tags.keys.contains(where: matches)
        case "tag-value": return resource.tags.values.contains(where: matches)
        case "resource-type": return matches(resource.type)
        default: return property(name).map(matches) ?? false
        }
    }

    /// `{"Name": …, "Values": […]}`, a member of `Filters` in EC2's and many other services' requests.
    public var json: JSONValue { ["Name": .string(name), "Values": .array(values.map { .string($0) })] }
}

/// Which resources are meant: those that match all filters.
public struct ResourceSelector: Sendable, Hashable {
    /// All must match; without any, every resource does.
    public var filters: [ResourceFilter]

    /// Those that match all of these filters.
    public init(_ filters: [ResourceFilter] = []) { self.filters = filters }

    /// Reads filters as text, such as `["tag:team=web", "instance-state-name=running"]`.
    /// - Throws: `AWSResourcesError` that names the first text that is no filter.
    public init(parsing filters: [String]) throws(AWSResourcesError) {
        self.init()
        for filter in filters { self.filters.append(try ResourceFilter(parsing: filter)) }
    }

    /// Reads filters as EC2 has them: `[{"Name": "tag:team", "Values": ["web"]}]`.
    /// - Throws: `AWSResourcesError` that names the first element that is no filter.
    public init(json value: JSONValue) throws(AWSResourcesError) {
        self.init()
        guard let elements = value.arrayValue else {
            throw AWSResourcesError(.wrongSelector, "filters must be a list of {\"Name\": …, \"Values\": […]}")
        }
        for (index, element) in elements.enumerated() {
            let values = element["Values"]?.arrayValue?.map(\.stringValue) ?? []
            guard let name = element["Name"]?.stringValue, !values.contains(nil),
                let filter = ResourceFilter(name: name, values: values.compactMap { $0 })
            else {
                throw AWSResourcesError(
                    .wrongSelector, "filter \(index) must be {\"Name\": …, \"Values\": […]} with at least one value")
            }
            filters.append(filter)
        }
    }

    /// Whether a resource is meant; see ``ResourceFilter/matches(_:property:)``.
    public func matches(_ resource: Resource, property: (String) -> String? = { _ in nil }) -> Bool {
        filters.allSatisfy { $0.matches(resource, property: property) }
    }

    /// The request member `Filters` of EC2 and other services.
    public var json: JSONValue { .array(filters.map(\.json)) }
}
