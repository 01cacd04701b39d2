import Basics

/// A parsed XML document.
///
/// Its elements are a flat list of 16 bytes each, and their texts one array of bytes: a tree of objects takes ten times
/// the memory, and a description of all instances has a hundred thousand elements.
final class XMLDocument: Sendable {
    /// An element.
    ///
    /// Its first child is the next of the list; the next sibling comes at `end`.
    fileprivate struct Node {
        /// The position in `names`.
        var name: UInt32
        /// The position after its last descendant.
        var end: UInt32 = 0
        /// Its text is a part of `text`.
        var textStart: UInt32
        var textCount: UInt32 = 0
    }

    fileprivate let nodes: [Node]
    fileprivate let text: [UInt8]
    fileprivate let attributes: [Int: [XMLAttribute]]
    /// The elements' names, each once.
    let names: [String]

    fileprivate init(_ builder: XMLDocumentBuilder) {
        nodes = builder.nodes
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
    var attributes: [XMLAttribute] { document.attributes[index] ?? [] }
    /// The text before the first child.
    var text: String {
        let node = document.nodes[index]
        return String(decoding: document.text[Int(node.textStart)...].prefix(Int(node.textCount)), as: UTF8.self)
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
    fileprivate var attributes: [Int: [XMLAttribute]] = [:]
    fileprivate var names: [String] = []
    private var namePositions: [String: UInt32] = [:]
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
        nodes.append(XMLDocument.Node(name: position(of: name), textStart: UInt32(text.count)))
    }

    /// Ends the last element that is open.
    mutating func close() {
        guard let last = opened.popLast() else { return }
        nodes[last].end = UInt32(nodes.count)
    }

    /// Adds to the text of the last element that is open; only the text before its first child counts.
    mutating func append(text piece: UnsafeRawBufferPointer) {
        guard let last = opened.last, last == nodes.count - 1 else { return }
        text += piece
        nodes[last].textCount += UInt32(piece.count)
    }

    /// Adds an attribute to the last element that is open.
    mutating func append(_ attribute: XMLAttribute) {
        if let last = opened.last { attributes[last, default: []].append(attribute) }
    }

    private mutating func position(of name: String) -> UInt32 {
        if let known = namePositions[name] { return known }
        let position = UInt32(names.count)
        names.append(name)
        namePositions[name] = position
        return position
    }
}
