import Foundation
import TestSupport
import Testing

@testable import Experiments

struct RequestURLTests {
    static let urls = [
        "http://a.example", "http://a.example/", "http://a.example/a b/ü?q=a b", "http://a.example/a%20b%2Fc?q=%41%7e",
        "http://a.example/%2f%c3%bc", "http://a.example/100%/%41", "http://a.example/%zz%41?%",
        "http://a.example/a?b?c",
        "http://a.example/a/../b/./c", "http://a.example/a/b/..", "http://a.example/../a", "http://a.example/a/.",
        "http://a.example/a#part", "http://a.example/a?b#part?", "http://a.example:8080/[x]{y}|z",
        "http://a.example/a\"<>^`",
        "http://a.example/a+b;c=d,e!$&'()*@:", "http://a.example?a=b",
    ]

    @Test(
        "a URL is sent as Python's requests sends it",
        .enabled(if: Workspace.hasPython, "the oracle is requests: run ./build.sh setup"))
    func agreesWithRequests() throws {
        let script = "import requests, sys\nfor url in sys.argv[1:]: print(requests.Request('GET', url).prepare().url)"
        let result = try Command.run(Workspace.python, ["-c", script] + Self.urls)
        #expect(result.status == 0, "\(result.errors)")
        let expected = result.output.split(separator: "\n").map { String($0.prefix { $0 != "#" }) }
        try #require(expected.count == Self.urls.count)
        for (url, expected) in zip(Self.urls, expected) {
            // The client adds the path that is missing.
            let ours = RequestURL.requoted(url).replacing("example?", with: "example/?")
            #expect(ours == expected || ours + "/" == expected, "\(url)")
        }
    }

    @Test("what is no URL stays as it is", arguments: ["", "a", "mailto:x y", "127.0.0.1/a b", "${nobody}/a b"])
    func others(text: String) { #expect(RequestURL.requoted(text) == text) }
}
