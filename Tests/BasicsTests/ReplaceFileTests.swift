import Basics
import Foundation
import TestSupport
import Testing

struct ReplaceFileTests {
    @Test("a file is replaced as a whole, also where a crash left a draft")
    func replaces() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let (file, draft) = (folder.appending(path: "a").path, folder.appending(path: "a.new").path)
            try Data("half of".utf8).write(to: URL(filePath: draft))
            for text in ["first", ""] {
                try replaceFile(file, with: Array(text.utf8), draft: draft)
                #expect(try contents(ofFile: file, limit: 100) == Array(text.utf8))
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
            }
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("what cannot be replaced stays, and no draft does")
    func failure() async throws {
        try await Workspace.withTemporaryFolder { folder in
            let target = folder.appending(path: "full/kept")
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            let (file, draft) = (folder.appending(path: "full").path, folder.appending(path: "full.new").path)
            #expect(throws: SystemError.self) { try replaceFile(file, with: [1], draft: draft) }
            #expect(FileManager.default.fileExists(atPath: target.path))
            #expect(!FileManager.default.fileExists(atPath: draft))
        }
    }
}
