/// The console's style, on top of that of the services' pages.
enum ConsoleStyle {
    static let text: StaticString = """
        :root{color-scheme:light dark;--page:#f4f6f8;--card:#fff;--text:#17212b;--muted:#566270;--line:#dde3e9;\
        --soft:#eef1f5;--good:#1a7f4b;--bad:#c2302a;--warn:#8f5f00;--info:#2459c9;--probe:#0b7285;--rollback:#7a4fc0;\
        --good-soft:#e6f4ec;--bad-soft:#fdecea;--warn-soft:#fdf3dc;--info-soft:#e8effc;--shadow:0 1px 2px #1018280f,\
        0 1px 3px #1018281a}
        @media (prefers-color-scheme:dark){:root{--page:#0e1319;--card:#171e26;--text:#e8edf2;--muted:#a3afbb;\
        --line:#2c3641;--soft:#1f2832;--good:#4cc38a;--bad:#ff8078;--warn:#e6b450;--info:#82b1ff;--probe:#5cc8d7;\
        --rollback:#c0a0f5;--good-soft:#12301f;--bad-soft:#3b1a1a;--warn-soft:#33270d;--info-soft:#162844;--shadow:none}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--page);color:var(--text);\
        font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;\
        font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
        .aloud{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        .skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem 1rem;z-index:9}
        :focus-visible{outline:3px solid var(--info);outline-offset:2px;border-radius:4px}
        a{color:var(--info);text-underline-offset:.2em}
        h1{font-size:1.6rem;line-height:1.2;margin:0;text-wrap:balance}
        h2{font-size:1.05rem;margin:0 0 .6rem;line-height:1.3}h3{font-size:.95rem;margin:0;line-height:1.35}
        p{margin:.2rem 0}small,.note{font-size:.83rem;color:var(--muted)}
        code,pre{font:.84rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
        .note code{font-size:.8rem}
        pre{background:var(--soft);border-radius:6px;padding:.6rem .75rem;margin:.4rem 0;overflow:auto;max-height:18rem;\
        white-space:pre-wrap}
        pre.plan{max-height:none}
        ul,ol{margin:0;padding:0;list-style:none}
        .top,main,footer,.banner{max-width:94rem;margin:0 auto;padding:0 1rem}
        .top{display:grid;grid-template-columns:auto 1fr;gap:.5rem 1.25rem;align-items:center;padding-top:.9rem}
        .brand{display:flex;gap:.45rem;align-items:center;font-weight:700;grid-column:1/-1}
        .brand svg{width:1.25rem;height:1.25rem;color:var(--info)}
        .top nav{grid-column:1/-1}
        .top nav ul{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;font-size:.88rem}
        nav a{text-decoration:none}nav a:hover{text-decoration:underline}
        .count{color:var(--muted)}
        .verdict{display:flex;flex-wrap:wrap;gap:.6rem 1rem;align-items:center;grid-column:1/-1;border-radius:10px;\
        padding:.9rem 1.1rem;background:var(--soft);border-left:6px solid var(--muted)}
        .verdict.good{background:var(--good-soft);border-color:var(--good)}.verdict.good h1{color:var(--good)}
        .verdict.bad{background:var(--bad-soft);border-color:var(--bad)}.verdict.bad h1{color:var(--bad)}
        .verdict.warn{background:var(--warn-soft);border-color:var(--warn)}.verdict.warn h1{color:var(--warn)}
        .remarks{display:flex;flex-wrap:wrap;gap:.4rem;margin-left:auto}
        .remark{display:inline-flex;gap:.35rem;align-items:center;background:var(--card);border:1px solid var(--line);\
        border-radius:99px;padding:.2rem .7rem .2rem .4rem;font-size:.88rem;text-decoration:none;color:var(--text)}
        .remark:hover{border-color:currentColor}
        .buttons{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
        .button{display:inline-block;font:inherit;font-size:.85rem;line-height:1.3;color:var(--text);background:var(--card);\
        border:1px solid var(--line);border-radius:6px;padding:.3rem .7rem;cursor:pointer;text-decoration:none;\
        white-space:nowrap}
        .button:hover{border-color:var(--info);color:var(--info)}.button[aria-busy=true]{opacity:.6;cursor:progress}
        .button.primary{background:var(--info);border-color:var(--info);color:var(--card);font-weight:600}
        .button.danger{border-color:var(--bad);color:var(--bad)}
        form{display:inline-block;margin:0}
        .banner{margin:.6rem auto 0;border-radius:8px}.banner:empty,.banner[hidden]{display:none}
        .banner{width:calc(100% - 2rem);padding:.55rem .9rem;background:var(--soft);border-left:4px solid var(--muted)}
        .banner.good{background:var(--good-soft);border-color:var(--good)}
        .banner.bad{background:var(--bad-soft);border-color:var(--bad)}
        .banner.warn{background:var(--warn-soft);border-color:var(--warn)}
        #lost{position:sticky;top:0;z-index:5;font-weight:600}
        .lost .top,.lost main{filter:grayscale(1);opacity:.6}
        main{padding-top:1rem}
        main.alone{max-width:44rem;padding-top:3rem}main.wide{max-width:64rem}
        main.alone h1{font-size:1.35rem;margin-bottom:.6rem}.back{margin-bottom:.75rem}
        .card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;margin:0 0 1rem;\
        box-shadow:var(--shadow);min-width:0}
        .faults{border-left:6px solid var(--warn)}.faults .lines{display:grid;gap:.25rem;margin-top:.4rem}
        .icon{width:1.05rem;height:1.05rem;flex:none;vertical-align:-.2em}.icon.large{width:2.2rem;height:2.2rem}
        .icon .shape{fill:var(--muted)}.icon .sign{fill:none;stroke:var(--card);stroke-width:2.5;stroke-linecap:round;\
        stroke-linejoin:round}
        .icon.good .shape{fill:var(--good)}.icon.bad .shape{fill:var(--bad)}.icon.warn .shape{fill:var(--warn)}\
        .icon.busy .shape{fill:var(--info)}.icon.busy .sign{fill:var(--card);stroke:none}
        .badge{display:inline-block;border:1px solid var(--line);border-radius:99px;padding:0 .5rem;font-size:.78rem;\
        color:var(--muted);white-space:nowrap}
        .badge.good{color:var(--good);border-color:currentColor}.badge.bad{color:var(--bad);border-color:currentColor}
        .rows>li{border-top:1px solid var(--line);padding:.6rem 0}.rows>li:first-child{border-top:0;padding-top:0}\
        .rows>li:last-child{padding-bottom:0}
        .row{display:flex;flex-wrap:wrap;gap:.25rem .55rem;align-items:center}
        .row .state{font-weight:600;font-size:.85rem;color:var(--muted)}
        .bad>.row .state{color:var(--bad)}.good>.row .state{color:var(--good)}.busy>.row .state{color:var(--info)}
        .when{font-size:.83rem;color:var(--muted)}
        .row>form,.row>a.button{margin-left:auto}
        .row.foot{margin-top:.35rem;align-items:flex-start}.row.foot details{flex:1;min-width:60%}
        .problem{color:var(--bad)}
        details>summary{cursor:pointer;font-size:.85rem;color:var(--muted)}
        details>summary:hover{color:var(--info)}
        .changes{font-size:.85rem;display:grid;gap:.3rem;margin-top:.35rem}
        .changes li{display:flex;gap:.5rem;align-items:baseline}.changes time{color:var(--muted);white-space:nowrap}
        .changes.scrolls{max-height:16rem;overflow:auto;margin-top:0}
        .chat{display:grid;gap:.65rem;max-height:30rem;overflow:auto;padding:2px}
        .message .from{display:flex;gap:.5rem;font-size:.8rem;color:var(--muted);margin:0 0 .2rem}
        .message .from b{color:var(--text)}
        .bubble{background:var(--soft);border-left:4px solid var(--muted);border-radius:3px 8px 8px 3px;padding:.45rem .7rem}
        .message.good .bubble{border-color:var(--good)}.message.bad .bubble{border-color:var(--bad)}\
        .message.warn .bubble{border-color:var(--warn)}
        .bubble .title{font-weight:600;margin:0}.bubble .text{white-space:pre-wrap;font-size:.88rem;margin:.2rem 0 0}
        .functions{font-size:.88rem}
        .function{display:grid;grid-template-columns:minmax(9rem,1fr) repeat(6,minmax(4.6rem,6rem));gap:.25rem .6rem;\
        padding:.35rem 0;border-top:1px solid var(--line);align-items:baseline}
        .function.head{border-top:0;color:var(--muted);font-size:.8rem;padding-top:0}
        .function span:not(.name):not(:first-child){text-align:right}
        summary.function{color:var(--text);font-size:inherit;list-style:none}
        summary.function::-webkit-details-marker{display:none}
        summary.function .name{font-weight:600}
        summary.function .name::before{content:"";display:inline-block;width:.4rem;height:.4rem;border:solid var(--muted);\
        border-width:0 2px 2px 0;transform:rotate(-45deg);margin:0 .5rem .1rem .1rem}
        details[open]>summary.function .name::before{transform:rotate(45deg)}
        .cell small{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        .cell.bad,td.bad{color:var(--bad)}
        .inside{padding:.2rem 0 .8rem 1rem}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-size:.85rem}
        th{text-align:left;font-weight:600;color:var(--muted);font-size:.8rem;white-space:nowrap}
        th,td{padding:.25rem .9rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
        .timeline{margin-top:.5rem}
        .lane{display:grid;grid-template-columns:1fr;border-top:1px solid var(--line)}
        .lane.axis,.lane:first-child{border-top:0}
        .lane-name{font-size:.82rem;line-height:1.3;display:flex;gap:.5rem;justify-content:space-between;align-items:center;\
        padding-top:.2rem}
        .lane-name small{white-space:nowrap;font-size:.78rem}
        .lane svg{display:block;width:100%;overflow:visible}.lane text{fill:var(--muted);font-size:12px}
        .grid{stroke:var(--line)}rect.during{fill:var(--info-soft);opacity:.6}
        .bar{fill:var(--info);stroke:var(--info);stroke-width:2;stroke-linejoin:round}
        .probe .bar{fill:var(--probe);stroke:var(--probe)}.hypothesis .bar{fill:var(--good);stroke:var(--good)}\
        .rollback .bar{fill:var(--rollback);stroke:var(--rollback)}
        .lane .bar.bad{fill:var(--bad);stroke:var(--bad)}.bar.open{fill-opacity:.4}
        .strip{fill:var(--good);stroke:var(--card);stroke-width:.5}.strip.down{fill:var(--bad)}.strip.none{fill:var(--line)}
        .curve{fill:none;stroke:var(--probe);stroke-width:1.5;vector-effect:non-scaling-stroke;stroke-linejoin:round}
        .area{fill:var(--probe);fill-opacity:.12}
        .legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin-top:.4rem}
        .key::before{content:"";display:inline-block;width:1.1rem;height:.55rem;border-radius:2px;margin-right:.35rem;\
        background:var(--info)}
        .key.probe::before{background:var(--probe)}.key.hypothesis::before{background:var(--good)}\
        .key.rollback::before{background:var(--rollback)}.key.during::before{background:var(--info-soft)}
        .live-only{display:none}.js .live-only{display:inline}
        footer{color:var(--muted);font-size:.82rem;padding-bottom:2rem}
        @media (min-width:44rem){.lane{grid-template-columns:15rem 1fr;column-gap:1rem}.lane-name{padding:0}
        .brand{grid-column:1}.top nav{grid-column:2;justify-self:end}}
        @media (min-width:72rem){.board{display:grid;grid-template-columns:minmax(0,1fr) 25rem;gap:0 1rem;\
        grid-template-rows:auto auto 1fr;align-items:start}
        .board>*{grid-column:1}.board>.side{grid-column:2;grid-row:1/span 3}}
        @media (max-width:43.99rem){.function.head{display:none}
        .function{display:flex;flex-wrap:wrap;gap:.1rem .9rem}.function .name{flex-basis:100%}
        .function .cell small{position:static;width:auto;height:auto;clip-path:none}
        .remarks{margin-left:0}.row>form,.row>a.button{margin-left:0}h1{font-size:1.35rem}}
        @media (prefers-reduced-motion:no-preference){.button{transition:border-color .12s,color .12s}}
        """
}
