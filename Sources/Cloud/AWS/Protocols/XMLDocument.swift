import Basics

/// A parsed XML document.
///
/// Its elements are a flat list of 16 bytes each, and their texts one array of bytes: a tree of objects takes ten times
/// the memory, and a description of all instances has a hundred thousand elements.
final class XMLDocument: Sendable {
    /// An element.
    ///
    /// Its first child is the next of the list; the next sibling comes at `end`. Text and attributes go on to where
    /// those of the next of the list start.
    fileprivate struct Node {
        /// The position in `names`.
        var name: UInt32
        /// The position after its last descendant.
        var end: UInt32 = 0
        var textStart: UInt32
        var attributeStart: UInt32
    }

    /// The last one stands for no element: it ends text and attributes of the one before.
    fileprivate let nodes: [Node]
    fileprivate let text: [UInt8]
    fileprivate let attributes: [XMLAttribute]
    /// The elements' names, each once.
    let names: [String]

    fileprivate init(_ builder: XMLDocumentBuilder) {
        nodes = builder.nodes + [builder.node(named: 0)]
        text = builder.text
        attributes = builder.attributes
        names = builder.names
    }
}

/// An attribute of an element.
struct XMLAttribute: Sendable {
    /// Without its prefix.
    let name: String
    let hasNamespace: Bool
    let value: String
}

/// An element of a parsed document, without its namespace.
struct XMLElement {
    let document: XMLDocument
    fileprivate let index: Int

    var name: String { document.names[namePosition] }
    /// The position of its name in the document's `names`.
    var namePosition: Int { Int(document.nodes[index].name) }
    var attributes: ArraySlice<XMLAttribute> {
        document.attributes[
            Int(document.nodes[index].attributeStart)..<Int(document.nodes[index + 1].attributeStart)
        ]
    }
    /// The text before the first child.
    var text: String {
        let bytes = document.text[Int(document.nodes[index].textStart)..<Int(document.nodes[index + 1].textStart)]
        return String(decoding: bytes, as: UTF8.self)
    }
    var children: XMLChildren {
        XMLChildren(document: document, place: index + 1, end: Int(document.nodes[index].end))
    }

    func first(_ name: String) -> XMLElement? { children.first { $0.name == name } }
}

/// The children of an element, in order.
struct XMLChildren: Sequence, IteratorProtocol {
    fileprivate let document: XMLDocument
    fileprivate var place: Int
    fileprivate let end: Int

    var isEmpty: Bool { place == end }

    mutating func next() -> XMLElement? {
        guard place < end else { return nil }
        defer { place = Int(document.nodes[place].end) }
        return XMLElement(document: document, index: place)
    }
}

/// Makes a document from what a parser finds, in the order of the text.
struct XMLDocumentBuilder {
    fileprivate var nodes: [XMLDocument.Node] = []
    fileprivate var text: [UInt8] = []
    fileprivate var attributes: [XMLAttribute] = []
    fileprivate var names: [String] = []
    private var namePositions: [String: Int] = [:]
    /// The elements that are not closed yet, outermost first.
    private var opened: [Int] = []

    /// The outermost element; nil when there was none, or when it was not closed.
    var root: XMLElement? {
        nodes.isEmpty || !opened.isEmpty ? nil : XMLElement(document: XMLDocument(self), index: 0)
    }

    /// How many elements are open.
    var depth: Int { opened.count }

    /// Begins an element inside the last one that is open.
    mutating func open(_ name: String) {
        opened.append(nodes.count)
        nodes.append(node(named: position(of: name)))
    }

    /// Ends the last element that is open.
    mutating func close() {
        if let last = opened.popLast() { nodes[last].end = UInt32(nodes.count) }
    }

    /// Adds to the text of the last element that is open; only the text before its first child counts.
    mutating func append(text piece: UnsafeRawBufferPointer) {
        if opened.last == nodes.count - 1 { text += piece }
    }

    /// Adds an attribute to the element that has just begun.
    mutating func append(_ attribute: XMLAttribute) { attributes.append(attribute) }

    /// A node that begins here.
    fileprivate func node(named name: Int) -> XMLDocument.Node {
        XMLDocument.Node(
            name: UInt32(name), textStart: UInt32(text.count), attributeStart: UInt32(attributes.count)
        )
    }

    private mutating func position(of name: String) -> Int {
        if let known = namePositions[name] { return known }
        namePositions[name] = names.count
        names.append(name)
        return names.count - 1
    }
}
