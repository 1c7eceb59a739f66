// Map of the corpus for [jsui]: landmarks as dots, coloured by recording, the point, and a ring
// around what sounds. A drag sends x and y, 0 to 1.
// Messages: place x y, sounds x y, mark index file seconds x y, at index, clear.

autowatch = 1;
inlets = 1;
outlets = 1;
mgraphics.init();
mgraphics.relative_coords = 0;
mgraphics.autofill = 0;

var RADIUS = 6; // of the point, in pixels; the map's edges are as far inside
var MARK_RADIUS = 2;
var point = [0.5, 0.5];
var sounding = [0.5, 0.5];
var landmarks = []; // [x, y, number of the recording]
var files = [];

function clear() {
	landmarks = [];
	files = [];
	mgraphics.redraw();
}

function mark(index, file, seconds, x, y) {
	if (index === 0) clear();
	if (files.indexOf(file) < 0) files.push(file);
	landmarks[index] = [x, y, files.indexOf(file)];
	mgraphics.redraw();
}

function place(x, y) {
	point = [x, y];
	mgraphics.redraw();
}

function sounds(x, y) {
	sounding = [x, y];
	mgraphics.redraw();
}

function at(index) {
	if (landmarks[index]) place(landmarks[index][0], landmarks[index][1]);
}

function paint() {
	mgraphics.set_source_rgba(0.988, 0.988, 0.98, 1);
	mgraphics.rectangle(0, 0, mgraphics.size[0], mgraphics.size[1]);
	mgraphics.fill();
	for (var i = 0; i < landmarks.length; i++) {
		if (!landmarks[i]) continue;
		var turn = 2 * Math.PI * 0.618 * landmarks[i][2];
		mgraphics.set_source_rgba(
			0.4 + 0.3 * Math.cos(turn), 0.4 + 0.3 * Math.cos(turn - 2.1), 0.4 + 0.3 * Math.cos(turn + 2.1), 1
		);
		dot(landmarks[i][0], landmarks[i][1], MARK_RADIUS);
	}
	mgraphics.set_source_rgba(0.69, 0.28, 0.17, 1);
	dot(point[0], point[1], RADIUS);
	mgraphics.set_source_rgba(0.19, 0.19, 0.19, 1);
	mgraphics.set_line_width(2);
	round(sounding[0], sounding[1], RADIUS - 1);
	mgraphics.stroke();
}
paint.local = 1;

function dot(x, y, radius) {
	round(x, y, radius);
	mgraphics.fill();
}
dot.local = 1;

function round(x, y, radius) {
	var middle = [RADIUS + x * (mgraphics.size[0] - 2 * RADIUS), RADIUS + (1 - y) * (mgraphics.size[1] - 2 * RADIUS)];
	mgraphics.ellipse(middle[0] - radius, middle[1] - radius, 2 * radius, 2 * radius);
}
round.local = 1;

function onclick(x, y) {
	ondrag(x, y, 1);
}
onclick.local = 1;

function ondrag(x, y, button) {
	if (!button) return;
	place(
		Math.min(1, Math.max(0, (x - RADIUS) / (mgraphics.size[0] - 2 * RADIUS))),
		1 - Math.min(1, Math.max(0, (y - RADIUS) / (mgraphics.size[1] - 2 * RADIUS)))
	);
	outlet(0, point[0], point[1]);
}
ondrag.local = 1;
