import Basics
import CExpat
import Glibc

/// Reads an XML document with expat.
///
/// Refuses what no service sends but an attacker might: document type declarations, which could define entities, and
/// nesting deeper than 100.
final class XMLReader {
    private static let deepest = 100
    /// Stands between namespace and name; a name cannot contain it.
    private static let separator = UInt8(ascii: "}")

    private let parser: XML_Parser
    private var document = XMLDocumentBuilder()
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
            { context, _ in XMLReader.from(context)?.document.close() }
        )
        XML_SetCharacterDataHandler(parser) { context, text, count in
            XMLReader.from(context)?.document.append(text: UnsafeRawBufferPointer(start: text, count: Int(count)))
        }
        XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in
            XMLReader.from(context)?.refuse("document type declarations are refused")
        }
        let status = bytes.withUnsafeBytes { buffer in
            XML_Parse(parser, buffer.bindMemory(to: CChar.self).baseAddress, Int32(clamping: buffer.count), 1)
        }
        guard status == XML_STATUS_OK, let root = document.root else {
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
        if document.depth == Self.deepest { return refuse("elements are nested deeper than \(Self.deepest)") }
        document.open(Self.local(name).name)
        var place = 0
        while let key = attributes?[place], let value = attributes?[place + 1] {
            let (name, hasNamespace) = Self.local(key)
            document.append(XMLAttribute(name: name, hasNamespace: hasNamespace, value: String(cString: value)))
            place += 2
        }
    }

    /// The part of a name after its namespace.
    private static func local(_ name: UnsafePointer<XML_Char>) -> (name: String, hasNamespace: Bool) {
        guard let end = strrchr(name, Int32(separator)) else { return (String(cString: name), false) }
        return (String(cString: end + 1), true)
    }
}
