internal import JSON

/// Turns XML into boto3's shapes, for `query`, `ec2` and `rest-xml`.
struct XMLOutput {
    let graph: ShapeGraph

    /// The modelled members of a structure that an element holds; those that travel in headers are left out.
    func members(_ element: XMLElement, _ reference: ShapeReference) throws(AWSError) -> JSONObject {
        let shape = graph[reference]
        if shape.isUnion, let unknown = try unknownMember(of: element, shape) { return unknown }
        var members: JSONObject = [:]
        for member in shape.members where member.location == nil {
            let found = element.children(wireName(member))
            if !found.isEmpty {
                members[member.name] = try value(found, member)
            } else if member.flags.contains(.xmlAttribute) {
                members[member.name] = attribute(member.wireName, of: element).map(JSONValue.string)
            }
        }
        return members
    }

    private func value(_ elements: [XMLElement], _ reference: ShapeReference) throws(AWSError) -> JSONValue {
        let isFlat = reference.flags.contains(.flattened)
        switch graph[reference].kind {
        case .structure: return .object(try members(elements[0], reference))
        case .list:
            let element = graph.element(of: reference)
            var values: [JSONValue] = []
            for item in isFlat ? elements : elements[0].children { values.append(try value([item], element)) }
            return .array(values)
        case .map:
            let (key, element) = graph.entry(of: reference)
            var members: JSONObject = [:]
            for entry in isFlat ? elements : elements[0].children {
                guard let name = entry.first(key.locationName ?? "key"),
                    let content = entry.first(element.locationName ?? "value")
                else { throw .unexpected("map \(reference.name)", "an entry without key or value") }
                members[name.text] = try value([content], element)
            }
            return .object(members)
        default: return try graph.scalar(elements[0].text, reference)
        }
    }

    /// A flattened list goes by the name of its element, if that has one.
    private func wireName(_ member: ShapeReference) -> String {
        guard member.flags.contains(.flattened), graph[member].kind == .list else { return member.wireName }
        return graph.element(of: member).locationName ?? member.wireName
    }

    /// Attributes in a namespace are modelled with a prefix, as in `xsi:type`, whatever the document's own prefix is.
    private func attribute(_ name: String, of element: XMLElement) -> String? {
        let local = name.split(separator: ":").last.map(String.init)
        return element.attributes.first { $0.hasNamespace ? $0.name == local : $0.name == name }?.value
    }

    private func unknownMember(of element: XMLElement, _ shape: Shape) throws(AWSError) -> JSONObject? {
        guard let tag = element.children.first?.name, element.children.allSatisfy({ $0.name == tag }) else {
            throw .unexpected("union", "none or several of its members")
        }
        return shape.members.contains { $0.wireName == tag } ? nil : .unknownMember(tag)
    }
}

extension JSONObject {
    /// boto3's form of a union whose member is newer than the model.
    static func unknownMember(_ tag: String) -> JSONObject { ["SDK_UNKNOWN_MEMBER": ["name": .string(tag)]] }
}

extension AWSError {
    /// A response that does not fit the model.
    static func unexpected(_ expected: String, _ found: String) -> AWSError {
        AWSError(.invalidResponse, "The response does not fit the model: expected \(expected), found \(found)")
    }
}
