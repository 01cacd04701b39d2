import Foundation
import JSON
import Testing

@Suite("Limits")
struct LimitsTests {
    static func nested(_ depth: Int) -> String {
        String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }

    @Test(arguments: [(512, 512, true), (513, 512, false), (1, 0, false), (2_000, 9_999, true), (2_001, 9_999, false)])
    func depth(_ depth: Int, limit: Int, isAccepted: Bool) {
        let error = Self.error { () throws(JSONError) in
            _ = try JSONValue(parsing: Self.nested(depth), limits: JSONLimits(depth: limit))
        }
        #expect(error?.code == (isAccepted ? nil : .tooDeep))
    }

    @Test(arguments: [(3, true), (2, false)])
    func bytes(limit: Int, isAccepted: Bool) {
        let error = Self.error { () throws(JSONError) in
            _ = try JSONValue(parsing: "[1]", limits: JSONLimits(bytes: limit))
        }
        #expect(error?.code == (isAccepted ? nil : .tooLarge))
    }

    @Test func scalarsNeedNoDepth() throws {
        #expect(try JSONValue(parsing: "1", limits: JSONLimits(depth: 0)) == 1)
    }

    @Test(arguments: ["[", #"[{"":"#])
    func endlessOpening(_ opening: String) throws {
        let text = String(repeating: opening, count: 100_000)
        #expect(Self.error { () throws(JSONError) in _ = try JSONValue(parsing: text) }?.code == .tooDeep)
    }

    /// The deepest possible values are parsed, decoded, written and destroyed on a small stack.
    @Test(arguments: ["[", #"{"":"#, #"[{"":"#])
    func deepestOnSmallStack(_ opening: String) async {
        let levels = JSONLimits.maximumDepth / opening.filter { "[{".contains($0) }.count
        let closing = String(opening.reversed().compactMap { ["[": "]", "{": "}"][$0] })
        let text = String(repeating: opening, count: levels) + "1" + String(repeating: closing, count: levels)
        let isEqual = await withCheckedContinuation { continuation in
            let thread = Thread {
                let isEqual = Self.survives(text)
                continuation.resume(returning: isEqual)
            }
            thread.stackSize = 768 << 10
            thread.start()
        }
        #expect(isEqual)
    }

    private static func survives(_ text: String) -> Bool {
        let limits = JSONLimits(depth: .max)
        guard let value = try? JSONValue(parsing: text, limits: limits) else { return false }
        let decoded = try? JSONDecoder(limits: limits).decode(JSONValue.self, from: text)
        return value.description == text && decoded?.description == text
    }

    /// A value that was not parsed is written with any depth.
    @Test func deepWriting() {
        var value: JSONValue = []
        for _ in 1..<10_000 { value = [value] }
        #expect(value.description == Self.nested(10_000))
    }

    static func error(_ body: () throws(JSONError) -> Void) -> JSONError? {
        do throws(JSONError) { try body() } catch { return error }
        return nil
    }
}
