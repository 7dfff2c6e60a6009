from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4
from tests.web.builders import *
def test_race(own_desk, seeded, backend):
    seen=[]
    for i in range(15):
        ev=str(uuid4()); w={"type":"withdrawn","purposes":["offers"],"event_id":ev}
        with ThreadPoolExecutor(4) as ex:
            rs=list(ex.map(lambda _: own_desk.post(path_of(seeded.profiles["ben"],"/consents"),w), range(4)))
        seen.append(sorted((r.status_code, r.get_json().get("reason")) for r in rs))
    from collections import Counter
    print(backend, Counter(map(str,seen)))
