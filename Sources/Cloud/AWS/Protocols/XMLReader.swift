import Basics
import CExpat

/// Reads an XML document with expat into a tree.
///
/// Refuses what no service sends but an attacker might: document type declarations, which could define entities, and
/// nesting deeper than 100.
final class XMLReader {
    private static let deepest = 100
    /// Stands between namespace and name; a name cannot contain it.
    private static let separator = UInt8(ascii: "}")

    private let parser: XML_Parser
    private var open: [XMLElement] = []
    private var root: XMLElement?
    private var refusal: String?

    /// Parses a document.
    /// - Returns: the root element.
    /// - Throws: `invalidResponse` with the line of the fault.
    static func read(_ bytes: [UInt8]) throws(AWSError) -> XMLElement {
        guard let parser = XML_ParserCreateNS("UTF-8", XML_Char(separator)) else {
            throw AWSError(.invalidResponse, "expat has no memory for a parser")
        }
        return try XMLReader(parser).read(bytes)
    }

    private init(_ parser: XML_Parser) { self.parser = parser }

    deinit { XML_ParserFree(parser) }

    private func read(_ bytes: [UInt8]) throws(AWSError) -> XMLElement {
        XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
        XML_SetElementHandler(
            parser,
            { XMLReader.from($0)?.start($1, $2) },
            { context, _ in XMLReader.from(context)?.end() }
        )
        XML_SetCharacterDataHandler(parser) { XMLReader.from($0)?.text($1, $2) }
        XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            XMLReader.from(context)?.refuse("document type declarations are refused")
        }
        let status = bytes.withUnsafeBytes { buffer in
            XML_Parse(parser, buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count), 1)
        }
        guard status == XML_STATUS_OK, let root else {
            let fault = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown fault"
            let line = XML_GetCurrentLineNumber(parser)
            throw AWSError(.invalidResponse, "The response is no valid XML: \(refusal ?? fault) in line \(line)")
        }
        return root
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> XMLReader? {
        context.map { Unmanaged<XMLReader>.fromOpaque($0).takeUnretainedValue() }
    }

    private func refuse(_ reason: String) {
        refusal = reason
        XML_StopParser(parser, XML_Bool(XML_FALSE))
    }

    private func start(
        _ name: UnsafePointer<XML_Char>?, _ attributes: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
    ) {
        guard let name else { return }
        if open.count == Self.deepest { return refuse("elements are nested deeper than \(Self.deepest)") }
        var list: [(name: String, hasNamespace: Bool, value: String)] = []
        var place = 0
        while let key = attributes?[place], let value = attributes?[place + 1] {
            let (name, hasNamespace) = Self.local(key)
            list.append((name, hasNamespace, String(cString: value)))
            place += 2
        }
        let element = XMLElement(Self.local(name).name, attributes: list)
        if let parent = open.last { parent.append(element) } else { root = element }
        open.append(element)
    }

    private func end() { _ = open.popLast() }

    private func text(_ bytes: UnsafePointer<XML_Char>?, _ count: Int32) {
        let text = UnsafeRawBufferPointer(start: bytes, count: Int(count))
        open.last?.append(text: String(decoding: text, as: UTF8.self))
    }

    /// The part of a name after its namespace.
    private static func local(_ name: UnsafePointer<XML_Char>) -> (name: String, hasNamespace: Bool) {
        let full = String(cString: name)
        guard let end = full.utf8.lastIndex(of: separator) else { return (full, false) }
        return (String(full[full.utf8.index(after: end)...]), true)
    }
}

/// An element of a parsed XML document, without its namespace.
final class XMLElement {
    let name: String
    /// The attributes in order, without their prefixes; `hasNamespace` tells which had one.
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
