import Basics
import JSON
import ServiceHistory
import Testing

@testable import SLAReport

@Suite struct OriginalArithmeticTests {
    @Test("samples are there")
    func samples() { #expect(OriginalSample.all.count == 42) }

    @Test("the old arithmetic writes byte for byte what the original wrote", arguments: OriginalSample.all)
    func original(sample: OriginalSample) {
        let report = OriginalReport(sample.input, logBucket: sample.logBucket)
        let files = [report.servicesFile()] + report.files(of: sample.service)
        #expect(Set(files.map(\.path)) == Set(sample.files.keys))
        for file in files { #expect(String(decoding: file.bytes, as: UTF8.self) == sample.files[file.path]) }
    }

    @Test("without results there is nothing, because a result is what the original was called with")
    func empty() {
        let history = ServiceHistory(name: "shop", kind: .test)
        let service = SLAReportInput.Service(id: "shop", displayName: "Shop", history: history)
        let input = SLAReportInput(
            title: "", generatedAt: Timestamp(secondsSinceEpoch: 0), arithmetic: .original, services: [service])
        #expect(OriginalReport(input).files(of: service).isEmpty)
    }

    @Test(
        "numbers are written as JavaScript writes them",
        arguments: [
            (34, "34"), (0, "0"), (-0.0, "0"), (14.6719, "14.6719"), (0.0001, "0.0001"), (0.00005, "0.00005"),
            (0.000012345, "0.000012345"), (0.000001, "0.000001"), (1e-7, "1e-7"), (1.5e-7, "1.5e-7"),
            (-0.00005, "-0.00005"), (1e15 + 0.5, "1000000000000000.5"), (1e20, "100000000000000000000"),
            (1.25e20, "125000000000000000000"), (1e21, "1e+21"), (1.25e21, "1.25e+21"), (.infinity, "null"),
            (.nan, "null"),
        ] as [(Double, String)])
    func numbers(number: Double, text: String) {
        var json = OriginalJSON()
        json.write(number)
        #expect(String(decoding: json.bytes, as: UTF8.self) == text)
    }

    @Test(
        "names of services lead nowhere else",
        arguments: [
            ("shop", "shop"), ("web/api", "web/api"), ("../../x", "%2E%2E/%2E%2E/x"), (".", "%2E"), ("", "_"),
            ("/", "_"), ("/etc/x/", "etc/x"), ("a\\b\u{1F}", "a%5Cb%1F"), ("a..b", "a..b"), ("ü \"x\"", "ü \"x\""),
        ])
    func paths(name: String, path: String) { #expect(OriginalReport.path(name) == path) }
}
