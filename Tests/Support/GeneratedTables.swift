public import Foundation

/// The tables at the end of a page, which a test compares with those that the code makes.
public enum GeneratedTables {
    private static let start = "<!-- From here on the tests write the page. -->\n"

    /// What a page has below the line from which the tests write it.
    ///
    /// With `TOCSIN_WRITE_DOCS=1` it is replaced by these tables first.
    /// - Throws: `ServerError` when the page does not have that line, once.
    public static func inPage(_ page: URL, replacedBy tables: String) throws -> String {
        let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: start)
        guard parts.count == 2 else { throw ServerError("\(page.path) must have once the line \(start)") }
        guard ProcessInfo.processInfo.environment["TOCSIN_WRITE_DOCS"] == "1" else { return parts[1] }
        try (parts[0] + start + tables).write(to: page, atomically: true, encoding: .utf8)
        return tables
    }
}
