/**
 * Play samples that arrive in bursts: a jitter buffer that follows the sender's clock.
 *
 * Messages to it: `{rate, channels}` of what follows, the frames of the socket `/listen`, or `{stop}`.
 * Messages from it: `{state, bufferedSeconds, gaps}`, a few times a second.
 *
 * While the two clocks agree, samples are played as they are. Where the buffer has become too long or too
 * short, they are resampled by a little more or less than 1, until it has its length again.
 */

/** Length of the buffer when it begins to play, and that it is brought back to. */
const TARGET_S = 0.1;

/** Over this length the oldest samples are dropped. */
const LONGEST_S = 0.4;

/** Differences from the length at which resampling begins and ends; they are averaged over some time. */
const BEGIN_S = 0.025;
const END_S = 0.002;
const AVERAGE_S = 1;

/** Change of speed while the length is corrected: 5 cents. */
const CHANGE = 0.003;

/** Time in which it fades in, and time constant in which the last sample decays at a gap. */
const FADE_S = 0.005;
const DECAY_S = 0.002;

const REPORTS_PER_SECOND = 4;

/** Channels that are played: those of a pair of headphones. */
const CHANNELS = 2;

const HEADER_BYTES = 8;

class ListenProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this._gaps = 0;
    this._stopped = false;
    this._reportAt = 0;
    /** The last sample of each channel, which decays while nothing is played. */
    this._last = new Float32Array(CHANNELS);
    this._rate = sampleRate;
    this._channels = CHANNELS;
    /** Other than 1 only where the browser refuses the rate. */
    this._ratio = 1;
    this._size = 1;
    this._samples = [new Float32Array(1)];
    /** Number of the frame that comes next; unknown before the first. */
    this._next = -1;
    this._written = 0;
    /** Index of the frame that is played next; has a fraction while resampling. */
    this._position = 0;
    this._playing = false;
    this._gain = 0;
    /** Average difference of the buffer from its length, in seconds. */
    this._average = 0;
    this._change = 0;
    this.port.onmessage = ({ data }) => this._receive(data);
  }

  /** @param {{rate: number, channels: number} | {stop: true} | ArrayBuffer} message */
  _receive(message) {
    if (message instanceof ArrayBuffer) {
      this._add(message);
    } else if ("rate" in message) {
      this._setFormat(message.rate, message.channels);
    } else {
      this._stopped = true;
    }
  }

  /**
   * @param {number} rate
   * @param {number} channels
   */
  _setFormat(rate, channels) {
    this._rate = rate;
    this._channels = channels;
    this._ratio = rate / sampleRate;
    this._size = 2 ** Math.ceil(Math.log2(2 * LONGEST_S * rate));
    this._samples = Array.from({ length: CHANNELS }, () => new Float32Array(this._size));
    this._next = -1;
    this._restart();
  }

  /** Empty the buffer, and wait until it has its length. */
  _restart() {
    this._written = 0;
    this._position = 0;
    this._playing = false;
    this._gain = 0;
    this._average = 0;
    this._change = 0;
  }

  /** @param {ArrayBuffer} message */
  _add(message) {
    const frame = Number(new DataView(message).getBigUint64(0, true));
    const received = new Float32Array(message, HEADER_BYTES);
    const frames = Math.floor(received.length / this._channels);
    if (this._next >= 0 && frame !== this._next) {
      this._gaps += 1;
      this._restart();
    }
    this._next = frame + frames;
    if (this._written + frames - this._position > LONGEST_S * this._rate) {
      this._gaps += 1;
      this._restart();
    }
    for (let channel = 0; channel < CHANNELS; channel += 1) {
      const samples = this._samples[channel];
      const from = Math.min(channel, this._channels - 1);
      for (let index = 0; index < frames; index += 1) {
        samples[(this._written + index) % this._size] = received[index * this._channels + from];
      }
    }
    this._written += frames;
  }

  /**
   * @param {Float32Array[][]} _
   * @param {Float32Array[][]} outputs
   */
  process(_, [output]) {
    const frames = output[0].length;
    const buffered = (this._written - this._position) / this._rate;
    if (!this._playing && buffered >= TARGET_S) {
      this._playing = true;
    }
    let played = 0;
    if (this._playing) {
      this._follow(buffered - TARGET_S, frames / sampleRate);
      played = this._play(output, frames);
    }
    this._decay(output, played, frames);
    if (currentTime >= this._reportAt) {
      this._reportAt = currentTime + 1 / REPORTS_PER_SECOND;
      const state = this._playing ? "playing" : "waiting";
      this.port.postMessage({ state, bufferedSeconds: buffered, gaps: this._gaps });
    }
    return !this._stopped;
  }

  /**
   * Choose the speed.
   *
   * @param {number} difference of the buffer from its length, in seconds
   * @param {number} seconds since the last call
   */
  _follow(difference, seconds) {
    this._average += (difference - this._average) * Math.min(1, seconds / AVERAGE_S);
    if (Math.abs(this._average) > BEGIN_S) {
      this._change = Math.sign(this._average) * CHANGE;
    } else if (this._average * this._change < END_S * Math.abs(this._change)) {
      this._change = 0;
    }
  }

  /**
   * Play, and return the number of frames: fewer where the buffer is empty.
   *
   * @param {Float32Array[]} output
   * @param {number} frames
   */
  _play(output, frames) {
    const fade = 1 / (FADE_S * sampleRate);
    const step = this._ratio * (1 + this._change);
    for (let index = 0; index < frames; index += 1) {
      const whole = Math.floor(this._position);
      if (whole + 2 >= this._written) {
        this._gaps += 1;
        this._restart();
        return index;
      }
      const fraction = this._position - whole;
      this._gain = Math.min(1, this._gain + fade);
      for (let channel = 0; channel < output.length; channel += 1) {
        output[channel][index] = this._gain * this._sample(this._samples[channel], whole, fraction);
      }
      // After a correction the rest of a sample is skipped, so that samples are as they were again.
      this._position = step === 1 ? whole + 1 : this._position + step;
    }
    return frames;
  }

  /**
   * @param {Float32Array[]} output
   * @param {number} from
   * @param {number} to
   */
  _decay(output, from, to) {
    const factor = Math.exp(-1 / (DECAY_S * sampleRate));
    for (let channel = 0; channel < output.length; channel += 1) {
      const samples = output[channel];
      let last = from > 0 ? samples[from - 1] : this._last[channel];
      for (let index = from; index < to; index += 1) {
        last *= factor;
        samples[index] = last;
      }
      this._last[channel] = last;
    }
  }

  /**
   * A sample between two, by a cubic (Catmull-Rom) through four.
   *
   * @param {Float32Array} samples
   * @param {number} whole
   * @param {number} fraction
   */
  _sample(samples, whole, fraction) {
    const mask = this._size - 1;
    const b = samples[whole & mask];
    if (fraction === 0) {
      return b;
    }
    const a = samples[(whole + mask) & mask];
    const c = samples[(whole + 1) & mask];
    const d = samples[(whole + 2) & mask];
    const slope = 0.5 * (c - a);
    const curve = a - 2.5 * b + 2 * c - 0.5 * d;
    const twist = 0.5 * (d - a) + 1.5 * (b - c);
    return b + fraction * (slope + fraction * (curve + fraction * twist));
  }
}

registerProcessor("listen", ListenProcessor);
