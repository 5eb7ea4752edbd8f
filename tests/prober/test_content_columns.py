"""The columns of a website, read on real servers: which there are, how fresh they are, which are blank."""

from tests.prober.content import column, measured, sketch, title
from tests.prober.town import NEVER, listed, town
from tests.security.loopback import page

NAMES = ["机构职能", "通知公告", "政策文件", "工作动态", "人事信息"]
WORDS = "<p>" + "样例市人民政府主管全市各项工作，设办公室、财政局等工作部门，各部门职责另行公布。" * 3 + "</p>"


async def test_every_column_is_read_with_its_name_type_and_days() -> None:
    pages = {
        "/": sketch({"/tzgg/": "通知公告", "/zcwj/": "政策文件", "/jgzn/": "机构职能"}),
        "/tzgg/": column("通知公告", ("101.html", title(1), "2026-11-20"), ("102.html", title(2), "")),
        "/zcwj/": column("政策文件", ("t20260301_1.html", title(3), ""), kind="政策文件"),
        "/jgzn/": column("机构职能", body=WORDS),
    }
    async with town(pages) as there:
        seen = await measured(there)
        told = {entry["name"]: entry for entry in seen["columns"]}
        assert seen["columns_found"] == 3
        notices = dict(told["通知公告"])
        assert len(notices.pop("evidence")) == 64
        assert notices == {
            "name": "通知公告",
            "url": there.site.url("/tzgg/"),
            "type": "通知公告",
            "tags": ["ColumnName", "ColumnType"],
            "outcome": "answered",
            "reason": "ok",
            "latest": "2026-11-20",
            "latest_by_address": None,
            "items": 2,
            "dated": 1,
            "by_address": 0,
            "undated": 0,
            "unopened": 1,
            "complete": True,
            "read_by": "static",
            "blank": False,
        }
    assert (told["政策文件"]["latest"], told["政策文件"]["latest_by_address"]) == (None, "2026-03-01")
    assert (told["机构职能"]["latest"], told["机构职能"]["blank"]) == (None, False)


async def test_a_column_with_nothing_in_it_is_blank_unless_a_script_may_fill_it() -> None:
    nav = {"/k1/": "空白栏目", "/k2/": "脚本栏目"}
    links = "".join(f"<a href='{path}'>{name}</a>" for path, name in nav.items())
    pages = {
        "/": sketch(nav),
        "/k1/": column("空白栏目", nav=links, body="<p>当前位置：首页 > 空白栏目</p><p>暂无内容</p>"),
        "/k2/": column("脚本栏目", nav=links, body="<script>$.ajax({url:'/list.json'})</script>"),
    }
    async with town(pages) as there:
        blank, filled = (await measured(there))["columns"]
    assert (blank["blank"], blank["complete"]) == (True, True)
    assert (filled["blank"], filled["complete"]) == (None, False)


async def test_a_list_beside_every_column_freshens_none() -> None:
    aside = listed(("/a/999.html", "今日要闻每个栏目旁边都有的一条", "2026-11-22"))
    nav = {f"/k{n}/": name for n, name in enumerate(NAMES)}
    pages = {"/": sketch(nav)} | {
        path: column(name, (f"{n}01.html", title(n), "2026-01-05"), body=aside)
        for n, (path, name) in enumerate(nav.items())
    }
    async with town(pages) as there:
        seen = await measured(there)
    assert {entry["latest"] for entry in seen["columns"]} == {"2026-01-05"}


async def test_a_column_that_cannot_be_read_says_why_and_nothing_else() -> None:
    nav = dict(zip(["/gone/", "/wall/", "/slow/", "/pdf/", "/soft/"], NAMES, strict=False))
    pages: dict[str, bytes | str] = {
        "/": sketch(nav),
        "/wall/": page("<p>您的访问被拦截</p>", status="403 Forbidden"),
        "/slow/": NEVER,
        "/pdf/": page("%PDF", content_type="application/pdf"),
        "/soft/": "<p>您访问的页面不存在</p>",
    }
    async with town(pages) as there:
        seen = await measured(there)
    assert [(entry["outcome"], entry["reason"]) for entry in seen["columns"]] == [
        ("failed", "http_4xx"),
        ("undetermined", "blocked_page"),
        ("failed", "timeout"),
        ("undetermined", "unreadable"),
        ("undetermined", "no_page"),
    ]
    assert set(seen["columns"][0]) == {"name", "url", "outcome", "reason"}


async def test_what_turns_out_to_be_no_column_is_left_out() -> None:
    nav = {"/home.html": "返回门户", "/one.html": "市长之窗", "/moved/": "数据开放", "/same/": "另一入口"}
    front = sketch(nav)
    pages: dict[str, bytes | str] = {
        "/": front,
        "/one.html": '<meta name="ArticleTitle" content="市长简历"><p>简历</p>',
        "/moved/": page(status="302 Found", location="http://localhost:1/"),
        "/same/": front,
    }
    async with town(pages) as there:
        seen = await measured(there)
    assert [entry["name"] for entry in seen["columns"]] == ["数据开放"]
    assert seen["columns"][0]["outcome"] == "failed"


async def test_no_more_columns_are_read_than_asked_for_and_the_number_is_told() -> None:
    nav = {f"/k{n}/": f"栏目之{n}" for n in range(30)}
    async with town({"/": sketch(nav)}, most=3) as there:
        seen = await measured(there)
        assert len(there.site.requests) == 4
    assert (len(seen["columns"]), seen["columns_found"]) == (3, 30)


async def test_navigation_leads_to_columns_and_other_links_do_not() -> None:
    front = (
        "<h3>要闻</h3><a href='/yw/'>更多>></a>"
        "<nav><a href='/'>首页</a><a href='index.html'>首 页</a><a href='/tzgg/'>通知公告</a><a href='/tzgg/'>公告</a>"
        "<a href='/login'>登录</a><a href='/a.pdf'>年度报告</a><a href='http://localhost:1/x/'>上级政府</a>"
        "<a href='/a/101.html'>领导活动</a><a href='javascript:;'>收藏</a>"
        "<a href='/long/'>一个太长了以至于不像是栏目的名称</a></nav>"
    )
    async with town({"/": front, "/yw/": column("要闻动态"), "/tzgg/": column("")}) as there:
        seen = await measured(there)
    assert [entry["name"] for entry in seen["columns"]] == ["通知公告", "要闻动态"]
