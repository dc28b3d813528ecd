// The wait page with scripts: reload when the login has ended, and count down.
// Without scripts the page reloads itself every two seconds.
(function () {
  "use strict";
  var left = document.getElementById("left");
  if (!left) return;
  var end = Date.now() + Number(left.dataset.seconds) * 1000;
  setInterval(function () {
    var seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    left.textContent = Math.floor(seconds / 60) + ":" + String(seconds % 60).padStart(2, "0");
  }, 250);
  var events = new EventSource("/login/events");
  events.onmessage = function () {
    events.close();
    location.reload();
  };
})();
