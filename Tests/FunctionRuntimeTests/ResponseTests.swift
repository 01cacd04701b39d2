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

    @Test("failures of a part of an invocation are a metric in the log, on Lambda only")
    func partialFailures() {
        let lines = Locked<[String]>([])
        func context(_ variables: [String: String]) -> InvocationContext {
            InvocationContext(
                requestID: "r-1", deadline: Timestamp(millisecondsSinceEpoch: 5_000),
                partialFailures: PartialFailures(environment: Environment(variables)) { line in
                    lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
                },
                logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() })
        }
        context([:]).report(partialFailures: 2)
        context(["AWS_LAMBDA_FUNCTION_NAME": ""]).report(partialFailures: 2)
        let onLambda = context(["AWS_LAMBDA_FUNCTION_NAME": "writer"])
        onLambda.report(partialFailures: 0)
        onLambda.report(partialFailures: 2, at: Timestamp(millisecondsSinceEpoch: 1_795_232_520_000))
        let expected = """
            {"timestamp":"2026-11-21T03:42:00Z","level":"ERROR","requestId":"r-1","message":"a part failed",\
            "_aws":{"Timestamp":1795232520000,"CloudWatchMetrics":[{"Namespace":"Tocsin",\
            "Dimensions":[["FunctionName"]],"Metrics":[{"Name":"PartialFailures","Unit":"Count"}]}]},\
            "FunctionName":"writer","PartialFailures":2}

            """
        #expect(lines.withLock { $0 } == [expected])
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
