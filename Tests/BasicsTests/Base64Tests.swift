import Basics
import JSON
import Testing

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy"), ("\u{FF}", "w78="),
    ])
    func encodesAsRFC4648(text: String, expected: String) {
        #expect(Base64.encode(Array(text.utf8)) == expected)
    }

    @Test(
        "decodes as botocore does",
        arguments: [
            ("", []), ("YQ==", [97]), ("YWI=", [97, 98]), ("YWJj", [97, 98, 99]), (" YW\nJj ", [97, 98, 99]),
            ("YQ", nil), ("YWI", nil), ("Y", nil), ("YQ=", nil),
        ] as [(String, [UInt8]?)])
    func decodes(text: String, bytes: [UInt8]?) {
        #expect(Base64.decode(text) == bytes)
    }
}
