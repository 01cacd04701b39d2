import Testing

@testable import Transport

@Suite struct ContentCodingTests {
    /// "hello\n" by Python's gzip and zlib.
    private static let gzip: [UInt8] = [
        0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xE7, 2, 0, 0x20, 0x30, 0x3A, 0x36, 6, 0, 0,
        0,
    ]
    private static let bare: [UInt8] = [0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0xE7, 0x02, 0x00]
    private static let text = Array("hello\n".utf8)

    @Test func decodes() throws {
        #expect(try ContentCoding.gzip.decoded(Self.gzip, limit: 6) == Self.text)
        #expect(try ContentCoding.gzip.decoded(Self.gzip + Self.gzip, limit: 12) == Self.text + Self.text)
        #expect(try ContentCoding.deflate.decoded(Self.bare, limit: 6) == Self.text)
        #expect(try ContentCoding.identity.decoded(Self.text, limit: 6) == Self.text)
    }

    @Test func tooLarge() {
        let error = #expect(throws: TransportError.self) { try ContentCoding.gzip.decoded(Self.gzip, limit: 5) }
        #expect(error?.code == .tooLarge)
    }

    @Test(arguments: [
        (ContentCoding.gzip, text), (.gzip, bare), (.gzip, []), (.gzip, Array(gzip.dropLast(9))), (.gzip, gzip + text),
        (.deflate, gzip), (.deflate, Array(bare.dropLast(3))),
    ])
    func notCompressed(coding: ContentCoding, bytes: [UInt8]) {
        let error = #expect(throws: TransportError.self) { try coding.decoded(bytes, limit: 1_000) }
        #expect(error?.code == .malformedResponse)
    }
}
