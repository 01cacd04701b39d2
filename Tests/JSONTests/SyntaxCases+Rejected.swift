/// Texts that every parser must reject.
extension SyntaxCases {
    /// Malformed arrays.
    static let rejectedArrays = list(
        #"""
        [1 true]
        [a%E5]
        ["": 1]
        [""],
        [,1]
        [1,,2]
        ["x",,]
        ["x"]]
        ["",]
        ["x"
        [x
        [3[4]]
        [%FF]
        [1:2]
        [,]
        [-]
        [   , ""]
        ["a",%0A4%0A,1,
        [1,]
        [1,,]
        ["%0Ba"\f]
        [*]
        [""
        [1,
        [1,%0A1%0A,1
        [{}
        """#)

    /// Malformed numbers.
    static let rejectedNumbers = list(
        #"""
        123%00
        [++1234]
        [+1]
        [+Inf]
        [-01]
        [-1.0.]
        [-2.]
        [-NaN]
        [.-1]
        [.2e-3]
        [0.1.2]
        [0.3e+]
        [0.3e]
        [0.e1]
        [0E+]
        [0E]
        [0e+]
        [0e]
        [1.0e+]
        [1.0e-]
        [1.0e]
        [1 000.0]
        [1eE2]
        [2.e+3]
        [2.e-3]
        [2.e3]
        [9.e+]
        [Inf]
        [NaN]
        [１]
        [1+2]
        [0x1]
        [0x42]
        [Infinity]
        [0e+-1]
        [-123.123foo]
        [123%E5]
        [1e1%E5]
        [0%E5]%0A
        [-Infinity]
        [-foo]
        [- 1]
        [-012]
        [-.123]
        [-1x]
        [1ea]
        [1e%E5]
        [1.]
        [.123]
        [1.2a-3]
        [1.8011670033376514H-308]
        [012]
        """#)

    /// Malformed objects.
    static let rejectedObjects = list(
        #"""
        ["x", truth]
        {[: "x"}%0A
        {"x", null}
        {"x"::"b"}
        {%F0%9F%87%A8%F0%9F%87%AD}
        {"a":"a" 123}
        {key: 'value'}
        {"%B9":"0",}
        {"a" b}
        {:"b"}
        {"a" "b"}
        {"a":
        {"a"
        {1:1}
        {9999E9999:1}
        {null:null,null:null}
        {"id":0,,,,,}
        {'a':0}
        {"id":0,}
        {"a":"b"}/**/
        {"a":"b"}/**//
        {"a":"b"}//
        {"a":"b"}/
        {"a":"b",,"c":"d"}
        {a: "b"}
        {"a":"a
        { "foo" : "bar", "a" }
        {"a":"b"}#
        """#)

    /// Malformed strings.
    static let rejectedStrings = list(
        #"""
        ["\uD800\"]
        ["\uD800\u"]
        ["\uD800\u1"]
        ["\uD800\u1x"]
        [é]
        ["\%00"]
        ["\x00"]
        ["\\\"]
        ["\%09"]
        ["\%F0%9F%8C%80"]
        ["\"]
        ["\u00A"]
        ["\uD834\uDd"]
        ["\uD800\uD800\x"]
        ["\u%E5"]
        ["\a"]
        ["\uqqqq"]
        ["\%E5"]
        [\u0020"asd"]
        [\n]
        "
        ['single quote']
        abc
        ["\
        ["a%00a"]
        ["new%0Aline"]
        ["%09"]
        "\UA66D"
        ""x
        """#)

    /// Malformed structure.
    static let rejectedStructure = list(
        #"""
        %20
        [%E2%81%A0]
        %EF%BB%BF
        <.>
        [<null>]
        [1]x
        [1]]
        ["asd]
        aå
        [True]
        1]
        {"x": true,
        [][]
        ]
        %EF%BB{}
        %E5
        [
        [%00]
        2@
        {}}
        {"":
        {"a":/*comment*/"b"}
        {"a": true} "x"
        ['
        [,
        [{
        ["a
        ["a"
        {
        {]
        {,
        {[
        {"a
        {'a'
        ["\{["\{["\{["\{
        %E9
        *
        {"a":"b"}#{}
        [\u000A""]
        [1
        [ false, nul
        [ true, fals
        [ false, tru
        {"asd":"asd"
        å
        [%0C]
        """#)

    /// Malformed words.
    static let rejectedWords = list(
        #"""
        [fals]
        [nul]
        [tru]
        """#)
}
