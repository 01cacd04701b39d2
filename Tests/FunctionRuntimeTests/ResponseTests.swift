import Basics
import FunctionRuntime
import JSON
import Logging
import Testing

@Suite("responses and reports")
struct ResponseTests {
    struct Generic<T>: Error {}
    enum lower: Error { case `case` }

    @Test(
        "error types are brought into the form Lambda keeps",
        arguments: [
            ("Function.Some", "Function.Some"), ("Runtime.Some", "Runtime.Some"), ("Some", "Function.Some"),
            ("some_error2", "Function.Someerror"), ("Generic<Int>", "Function.Generic"), ("", "Function.Error"),
            ("x", "Function.Error"), ("Ünïcode", "Function.Ncode"), ("Runtime.", "Runtime.Error"),
        ])
    func types(type: String, expected: String) {
        let report = ErrorReport(type: type, message: "")
        #expect(report.type == expected)
        #expect(report.type.wholeMatch(of: /(Runtime|Function)\.[A-Z][a-zA-Z]+/) != nil)
    }

    @Test("an error without a type of its own is reported by the name of its Swift type")
    func anyError() {
        #expect(ErrorReport(Generic<Int>()).type == "Function.Generic")
        #expect(
            ErrorReport(lower.case).json == ["errorMessage": "case", "errorType": "Function.Lower", "stackTrace": []])
    }

    enum Code: String, ErrorCode { case notSent }

    @Test("a coded error is reported by the name of its code")
    func codedError() {
        let report = ErrorReport(CodedError(Code.notSent, "not sent"))
        #expect(report.type == "Function.NotSent")
        #expect(report.message == "not sent")
    }

    @Test("messages are cut between characters", arguments: [(4, "aéé"), (3, "aé"), (2, "a"), (5, "aéé"), (0, "")])
    func prefix(bytes: Int, expected: String) {
        let text = "aéé"
        #expect(ErrorReport.prefix(of: text, bytes: bytes) == (bytes == 4 ? "aé" : expected))
    }

    @Test("the prelude keeps repeated headers and does not repeat the content type")
    func prelude() {
        let prelude = HTTPPrelude(
            statusCode: 302, headers: [("Via", "a"), ("Location", "/x"), ("via", "b"), ("Content-type", "text/html")]
        )
        #expect(
            prelude.json(contentType: "ignored").description
                == #"{"statusCode":302,"headers":{"location":"/x","content-type":"text/html"},"multiValueHeaders":{"via":["a","b"]}}"#
        )
    }

    @Test("the remaining time is never negative", arguments: [(0, 5), (5_000, 0), (6_000, 0)])
    func remaining(now: Int64, seconds: Int64) {
        let context = InvocationContext(
            requestID: "", deadline: Timestamp(millisecondsSinceEpoch: 5_000),
            logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() }
        )
        #expect(context.remaining(at: Timestamp(millisecondsSinceEpoch: now)) == .seconds(seconds))
    }
}
