/// An element of a parsed XML document, namespaces left out.
final class XMLElement {
    let name: String
    /// Attributes in order; one with a namespace is marked, since its prefix is not kept.
    let attributes: [(name: String, hasNamespace: Bool, value: String)]
    /// The text before the first child.
    private(set) var text = ""
    private(set) var children: [XMLElement] = []

    init(_ name: String, attributes: [(name: String, hasNamespace: Bool, value: String)] = []) {
        self.name = name
        self.attributes = attributes
    }

    func children(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }

    func append(text: String) {
        if children.isEmpty { self.text += text }
    }

    func append(_ child: XMLElement) { children.append(child) }
}
