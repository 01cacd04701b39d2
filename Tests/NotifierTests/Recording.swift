import Foundation
import TestSupport
import Testing

/// An exact text of a test, kept in a file to be read by people.
enum Recording {
    /// Compares a text with the file; `RECORD=1` writes the file instead, for a reading of what has changed.
    static func expect(_ text: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = Workspace.root.appending(path: "Tests/NotifierTests/" + path)
        if ProcessInfo.processInfo.environment["RECORD"] != nil { try Data(text.utf8).write(to: file) }
        let recorded = try String(contentsOf: file, encoding: .utf8)
        guard text != recorded else { return }
        for (found, expected) in zip(text.split(separator: "\n"), recorded.split(separator: "\n")) {
            #expect(found == expected, "\(path)", sourceLocation: sourceLocation)
        }
        // Lines that only one of them has.
        #expect(text == recorded, "\(path)", sourceLocation: sourceLocation)
    }
}
