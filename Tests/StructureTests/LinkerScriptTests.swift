import Foundation
import TestSupport
import Testing

/// What `Tools/functions.ld` leaves out of the functions must not be called by them.
@Suite struct LinkerScriptTests {
    @Test("no function asks for the name or the age of a Unicode character")
    func unicodeTables() throws {
        let script = try String(
            contentsOf: Workspace.root.appending(path: "Tools/functions.ld"), encoding: .utf8)
        #expect(script.contains("_swift_stdlib_getScalarName = 0;"))
        // Also when the properties are kept, to ask them later.
        let leftOut = /\.properties\.(name|nameAlias|age)\b|\.properties\b(?!\.)/
        var count = 0
        for folder in ["Sources", "lambda", "fc"] {
            let files = FileManager.default.enumerator(
                at: Workspace.root.appending(path: folder), includingPropertiesForKeys: nil)
            for case let file as URL in try #require(files) where file.pathExtension == "swift" {
                count += 1
                let text = try String(contentsOf: file, encoding: .utf8)
                let found = text.firstMatch(of: leftOut)?.output.0
                #expect(found == nil, "\(file.lastPathComponent), see Tools/functions.ld")
            }
        }
        #expect(count > 100)
    }
}
